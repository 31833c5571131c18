"""The request as it comes in: what a stranger writes into its first lines stops nothing."""

import codecs
from typing import Any

from django.core.handlers.wsgi import WSGIRequest


class Request(WSGIRequest):
    """Django's own, which looks the charset of a request up among all of Python's codecs and then decodes with it;
    some of them (rot13, zlib) decode no text, and the request would end before any page of ours could answer."""

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        _kind, _semicolon, parameters = str(meta.get("CONTENT_TYPE", "")).partition(";")
        if any(_names_no_text(part) for part in parameters.split(";")):
            meta = {**meta, "CONTENT_TYPE": _kind}
        super()._set_content_type_params(meta)  # type: ignore[misc] # Django's hook, which has no public name


def _names_no_text(parameter: str) -> bool:
    name, _equals, value = parameter.partition("=")
    if name.strip().lower() != "charset":
        return False
    try:
        return not getattr(codecs.lookup(value.strip().strip('"')), "_is_text_encoding", True)
    except LookupError:
        return False  # Django passes over what is no codec at all
    except ValueError:
        return True  # no name of anything
