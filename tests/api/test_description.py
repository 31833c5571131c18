"""The OpenAPI document and the site, held against each other by a tool that knows nothing but the document."""

import random

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import load_all_checks
from schemathesis.generation import GenerationMode

from campaign.api.v1 import document
from letters.documents.models import Translation
from letters.signatures import counting
from tests.factories import make_letter, make_signatures

pytestmark = pytest.mark.django_db
load_all_checks()
positive_data_acceptance = schemathesis.checks.CHECKS.get_one("positive_data_acceptance")
EXAMPLES = 8  # of each operation, right ones and wrong ones each


@pytest.fixture
def schema(settings):
    settings.API_LIMIT_NETWORK = 100_000
    letter = make_letter(slug="lift")
    rows = make_signatures(letter, 3)
    Translation.objects.create(letter=letter, version=letter.version, language="de", title="T", is_public=True,
                               edited_at=timezone.now())  # fmt: skip
    letter.translations_revision = 1
    letter.save()
    counting.refresh()
    for signal in (request_started, request_finished):
        signal.disconnect(
            close_old_connections
        )  # the test's own transaction lives in it; Django's client does this too
    found = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application())
    found.known = {"slug": "lift", "label": "1", "language": "de", "signature_id": str(rows[0].public_id)}
    yield found
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_site_answers_as_it_is_described(schema, mode):
    """Every status, media type, header and body that comes is one that the document names; no call is a fault."""
    done = 0
    for found in schema.get_all_operations():
        operation = found.ok()
        if mode is GenerationMode.NEGATIVE and not operation.query.items and not operation.path_parameters.items:
            continue

        @settings(
            max_examples=EXAMPLES,
            database=None,
            deadline=None,
            derandomize=True,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def holds(case):
            if mode is GenerationMode.POSITIVE and random.Random(str(case.query)).random() < 0.7:  # noqa: S311 - no secret
                case.path_parameters = {name: schema.known[name] for name in case.path_parameters or {}}
            response = case.call()
            # An invented cursor has the right shape and is of no list: 400, as the document says.
            is_invented = response.status_code == 400 and response.json()["type"].endswith("#bad-cursor")
            case.validate_response(response, excluded_checks=[positive_data_acceptance] if is_invented else [])

        holds()
        done += 1

    assert done >= 8


def test_document_is_valid_and_says_all_of_every_operation(schema):
    schema.validate()
    found = document()

    assert found["openapi"].startswith("3.1")
    for path, methods in found["paths"].items():
        assert set(methods) == {"get"}, path
        operation = methods["get"]
        assert len(operation["description"]) > 20, path
        expected = {"200", "422", "429", "503", *(["401"] if "security" in operation else ["304"])}
        assert expected <= set(operation["responses"]), path
        for status, response in operation["responses"].items():
            assert "RateLimit" in response["headers"], path
            if int(status) >= 400:
                assert list(response["content"]) == ["application/problem+json"], (path, status)
    for name, shape in found["components"]["schemas"].items():
        assert shape.get("additionalProperties") is False, f"{name} may hold what is not described"
