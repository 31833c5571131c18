"""`python -m tools.chaos.sequencer`: log what is new without a pause, in a child that may be killed at any instant.

A parent that holds no connection forks the child anew whenever it is gone: fifty kills do not cost fifty starts.
"""

import os
import sys
import time

import django

PAUSE_SECONDS = 0.01


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "campaign.settings")
    django.setup()
    while True:
        child = os.fork()
        if child == 0:
            _sequence_for_ever()
        print(f"sequencing {child}", flush=True)
        os.waitpid(child, 0)


def _sequence_for_ever() -> None:
    from letters.press import sequencing  # noqa: PLC0415 - the apps must be ready

    while os.getppid() != 1:  # the parent was killed
        sequencing.run()
        time.sleep(PAUSE_SECONDS)
    sys.exit()


if __name__ == "__main__":
    main()
