"""`python -m tools.chaos.sequencer`: log what is new without a pause, in a child that may be killed at any instant.

A parent that holds no connection forks the child anew whenever it is gone: fifty kills do not cost fifty starts.
"""

import os
import sys
import time
from collections.abc import Callable

import django

PAUSE_SECONDS = 0.01


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "campaign.settings")
    django.setup()
    from letters.press import sequencing  # noqa: PLC0415 - the apps must be ready; here, so that no kill meets an import

    while True:
        child = os.fork()
        if child == 0:
            _call_for_ever(sequencing.run)
        print(f"sequencing {child}", flush=True)
        os.waitpid(child, 0)


def _call_for_ever(sequence: Callable[[], object]) -> None:
    while os.getppid() != 1:  # the parent was killed
        sequence()
        time.sleep(PAUSE_SECONDS)
    sys.exit()


if __name__ == "__main__":
    main()
