"""Sessions at rest: a login that is under way keeps the mailed code in one, and a dump must not tell it."""

from typing import Any

from django.contrib.sessions.serializers import JSONSerializer

from letters.core import sealed

_CONTEXT = b"sessions.session.data"


class SealedSerializer:
    """SESSION_SERIALIZER of the site. A session whose key is gone, or from before this, is empty: its person logs in
    again."""

    def dumps(self, obj: Any) -> bytes:
        """JSON, sealed with the newest key."""
        return sealed.seal_bytes(JSONSerializer().dumps(obj), _CONTEXT)

    def loads(self, data: bytes) -> Any:
        """The inverse of ``dumps``. Raises KeyRingError, which Django takes for an empty session."""
        return JSONSerializer().loads(sealed.unseal_bytes(data, _CONTEXT))
