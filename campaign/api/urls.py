"""Addresses of the machines' door."""

from django.urls import URLPattern, path

from campaign.api import embedding, feeds, serving, trying, wellknown
from campaign.api.v1 import api

app_name = "api"


def _parameters() -> dict[str, frozenset[str]]:
    """{operation: names that it takes after the question mark}."""
    found: dict[str, frozenset[str]] = {}
    for router in api._get_bound_routers():
        for view in router.path_operations.values():
            for operation in view.operations:
                models = [model for model in operation.models if model.__ninja_param_source__ == "query"]
                names = [
                    name for model in models for name in getattr(model, "__ninja_flatten_map__", model.model_fields)
                ]
                found[operation.view_func.__name__] = frozenset(names)
    return found


def _operations() -> list[URLPattern]:
    known, found = _parameters(), []
    for pattern in (pattern for router in api._get_bound_routers() for pattern in router.urls_paths("api/v1")):
        assert isinstance(pattern, URLPattern)  # noqa: S101 - routers hold no further ones
        pattern.callback = serving.served(pattern.callback, known[pattern.name or ""])
        found.append(pattern)
    return found


urlpatterns = [
    path("api/v1/", trying.try_it, name="try"),
    path("api/v1/openapi.json", serving.served(trying.openapi), name="openapi"),
    *_operations(),
    path("api/v1/<path:rest>", serving.served(serving.missing), name="missing"),
    path("embed/<slug:slug>/", embedding.embed, name="embed"),
    path("embed/<slug:slug>.svg", embedding.embed_picture, name="embed-picture"),
    path("letters.atom", feeds.letters, name="letters-feed"),
    path("letters/<slug:slug>/updates.atom", feeds.updates, name="updates-feed"),
    path(".well-known/security.txt", wellknown.security, name="security"),
    path("robots.txt", wellknown.robots, name="robots"),
    path("sitemap.xml", wellknown.sitemap, name="sitemap"),
    path("oembed", serving.served(embedding.oembed, None), name="oembed"),
]
