"""What holds the house together: where things may stand, how large they may grow, what must be written down."""

import ast
import re
import tomllib
from functools import cache
from pathlib import Path

import pytest
from django.apps import apps
from django.utils.functional import Promise

ROOT = Path(__file__).resolve().parent.parent
MAX_FUNCTION = 40
MAX_MODULE = 400
MAX_CSS = 200
OURS = (
    "accounts",
    "outbox",
    "ledger",
    "documents",
    "signatures",
    "verification",
    "moderation",
    "outreach",
    "press",
    "syndication",
)
ADMIN_ALONE = {"Check", "Message", "Organization", "OrganizationDomain", "Suppression"}  # for operators, in English
FILE_KINDS = {"pdf": "PDF", "png": "PNG", "jpeg": "JPEG"}  # the same in every language


def files(*patterns):
    found = [path for pattern in patterns for path in sorted(ROOT.glob(pattern))]
    assert found, f"nothing matches {patterns}"
    return [path for path in found if "migrations" not in path.parts and ".venv" not in path.parts]


@cache
def tree(path):
    return ast.parse(path.read_text())


def relative(path):
    return path.relative_to(ROOT).as_posix()


PYTHON = ("campaign/**/*.py", "letters/**/*.py", "tools/**/*.py")


@cache
def imports_at_run_time(path):
    """Names of imported modules, those under ``if TYPE_CHECKING:`` left out."""
    root, found = tree(path), []
    typing_only = {
        id(node)
        for branch in ast.walk(root)
        if isinstance(branch, ast.If) and ast.unparse(branch.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING")
        for node in ast.walk(branch)
    }
    for node in ast.walk(root):
        if id(node) in typing_only:
            continue
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return found


def importers(module, *patterns):
    return [
        relative(path)
        for path in files(*patterns)
        if any(name == module or name.startswith(f"{module}.") for name in imports_at_run_time(path))
    ]


def test_the_rules_know_no_http():
    doors_of_allauth = tuple(f"letters/accounts/{name}" for name in ("adapters.py", "oauth/", "oidc/", "saml/"))

    knowing = importers("django.http", "letters/**/*.py")
    assert [path for path in knowing if not path.startswith(doors_of_allauth)] == []
    assert importers("django.shortcuts", "letters/**/*.py") == []
    assert importers("django.views", "letters/**/*.py") == []


def test_mail_leaves_through_the_outbox_alone():
    assert {name.split("/")[1] for name in importers("django.core.mail", *PYTHON)} == {"outbox"}


def test_nothing_asks_the_network_but_mail_redis_and_the_one_guard():
    serve = "campaign/management/commands/serve.py"  # whether the site that it started answers
    handed_out = "letters/press/kit/witness.py"  # runs elsewhere, at whoever is a witness
    guard = "letters/core/fetching.py"
    logins = ("letters/accounts/oauth/", "letters/accounts/oidc/", "campaign/public/identities.py")  # allauth's client
    allowed = {
        "urllib.request": [serve, handed_out],
        "http.client": [guard],
        "ssl": [guard],
        "dns": ["letters/core/resolving.py"],
    }
    for module in (*allowed, "requests", "httpx", "aiohttp", "urllib3"):
        found = importers(module, "campaign/**/*.py", "letters/**/*.py")
        if module in ("requests", "urllib3"):
            found = [path for path in found if not path.startswith(logins)]
        assert found == allowed.get(module, []), module


def test_nobody_imports_the_settings_module():
    assert importers("campaign.settings", *PYTHON) == []


def test_models_import_no_rules():
    rules = {path.stem for path in files("letters/*/*.py")} - {
        "models",
        "enums",
        "__init__",
        "addresses",
        "places",
        "sealed",
        "words",  # parts of models, in files of their own
        "renewals",
        "tallies",
        "anonymous_lines",
        "asked",
        "blind",
        "committed",
        "corrected",
        "embargoed",
        "details",
        "snapshotted",
    }
    for path in files("letters/*/models.py"):
        imported = {
            name.split(".")[2] for name in imports_at_run_time(path) if name.count(".") > 1 and "letters." in name
        }
        assert not imported & rules, relative(path)


def test_functions_and_modules_stay_small():
    long = [
        f"{relative(path)}: {node.name} has {node.end_lineno - node.lineno + 1} lines"
        for path in files(*PYTHON, "manage.py")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno + 1 > MAX_FUNCTION
    ]

    assert long == []
    whole = ("letters/press/kit/verify.py", "letters/press/kit/witness.py")  # each handed out as one file
    large = [relative(path) for path in files(*PYTHON) if len(path.read_text().splitlines()) > MAX_MODULE]
    assert [path for path in large if path not in whole] == []


def test_style_sheets_stay_small():
    sheets = files("static/css/**/*.css")

    assert [relative(path) for path in sheets if len(path.read_text().splitlines()) > MAX_CSS] == []


def test_every_module_says_what_it_is():
    silent = [
        relative(path)
        for path in files("letters/**/*.py", "campaign/**/*.py")
        if path.stem not in ("apps", "admin", "urls", "wsgi")
        and path.read_text().strip()
        and not ast.get_docstring(tree(path))
    ]

    assert silent == []


def test_every_public_function_of_the_rooms_says_what_it_does():
    """Where more than a line stands in it; a name such as ``name_of`` needs no sentence."""
    silent = [
        f"{relative(path)}: {node.name}"
        for path in files("letters/*/*.py")
        if path.stem not in ("admin", "apps", "tasks", "receivers")
        for node in tree(path).body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
        if not ast.get_docstring(node) and len(node.body) > 3
    ]

    assert silent == []


# --- templates ---

TEMPLATES = files("templates/**/*.html")
EXCEPTED = ("templates/emails/", "templates/mailbox/")  # mails need inline style; the mailbox shows mails


def test_templates_trust_no_text():
    trusting = re.compile(r"\|\s*(safe|safeseq)\b|\bautoescape\s+off\b")

    assert [relative(path) for path in TEMPLATES if trusting.search(path.read_text())] == []


def inline_code(text):
    yield from re.findall(r"<style\b|\sstyle\s*=|\son[a-z]+\s*=\s*[\"']|javascript:", text, re.IGNORECASE)
    for attributes, body in re.findall(r"<script\b([^>]*)>(.*?)</script>", text, re.IGNORECASE | re.DOTALL):
        if "src=" not in attributes or body.strip():
            yield "script"


@pytest.mark.parametrize(
    "text", ["<style>", '<p style="">', '<a onclick="">', "<script>x</script>", "<a href='javascript:'>"]
)
def test_inline_code_is_found(text):
    assert list(inline_code(text))


def test_templates_hold_no_inline_script_or_style():
    pages = [path for path in TEMPLATES if not relative(path).startswith(EXCEPTED)]

    assert {relative(path): found for path in pages if (found := list(inline_code(path.read_text())))} == {}


def test_only_the_sanitiser_makes_html_safe():
    allowed = {"letters/documents/rendering.py"}
    found = {
        relative(path)
        for path in files("campaign/**/*.py", "letters/**/*.py")
        if re.search(r"\b(mark_safe|SafeString|SafeText)\(", path.read_text())
    }

    assert found == allowed


# --- what must be written down ---


def variables_read():
    """Names of environment variables that settings.py and its helper read."""
    found = set()
    for path in files("campaign/settings.py", "campaign/environment.py", "campaign/wsgi.py", "campaign/celery.py"):
        for node in ast.walk(tree(path)):
            if not isinstance(node, ast.Call) or not node.args or not isinstance(node.args[0], ast.Constant):
                continue
            called, name = ast.unparse(node.func), node.args[0].value
            reads = called.startswith("env.") or called in ("os.environ.get", "os.getenv", "environ.get")
            if reads and isinstance(name, str) and re.fullmatch(r"[A-Z][A-Z0-9_]*[A-Z0-9]", name):
                found.add(name)
    return found


def test_every_environment_variable_is_documented_and_no_other():
    text = (ROOT / "docs/configuration.md").read_text()
    documented = set(re.findall(r"^\| `([A-Z][A-Z0-9_]+)`", text, re.MULTILINE))
    read = variables_read()

    assert len(read) > 15
    assert read - documented == set()
    for name in documented - read:  # variables of make and of its scripts
        assert any(name in path.read_text() for path in files("Makefile", "tools/**/*.py", "campaign/**/*.py")), name


def test_every_signal_is_documented():
    text = (ROOT / "docs/architecture.md").read_text()
    signals = [
        (relative(path), target.id)
        for path in files("letters/**/*.py", "campaign/**/*.py")
        for node in tree(path).body
        if isinstance(node, ast.Assign) and ast.unparse(node.value).startswith("Signal(")
        for target in node.targets
        if isinstance(target, ast.Name)
    ]

    assert signals
    assert [name for path, name in signals if f"`{name}`" not in text] == []
    assert [path for path, _ in signals if not path.endswith("/signals.py")] == []


REGISTER = tomllib.loads((ROOT / "docs/privacy-register.toml").read_text())
CLASSES = {"none", "public", "personal"}


def fields_of_ours():
    """{"signatures.Signature": {field names}}, many-to-many included, reverse relations left out."""
    return {
        model._meta.label: {field.name for field in (*model._meta.concrete_fields, *model._meta.local_many_to_many)}
        for app in OURS
        for model in apps.get_app_config(app).get_models()
    }


def test_the_privacy_register_names_every_model_and_no_other():
    named = {f"{app}.{model}" for app, models in REGISTER.items() for model in models}

    assert named == set(fields_of_ours())


def test_the_privacy_register_names_every_field_and_no_other():
    named = {f"{app}.{model}": set(fields) for app, models in REGISTER.items() for model, fields in models.items()}

    for label, fields in fields_of_ours().items():
        assert named[label] == fields, label


def test_the_privacy_register_says_why_and_how_it_is_erased():
    entries = {
        f"{app}.{model}.{field}": entry
        for app, models in REGISTER.items()
        for model, fields in models.items()
        for field, entry in fields.items()
    }

    assert len(entries) > 100
    for field, entry in entries.items():
        assert entry["class"] in CLASSES, field
        assert len(entry["why"]) > 5, field
        # Where nothing is personal there is nothing to erase.
        assert (len(entry.get("erased", "")) > 5) is (entry["class"] != "none"), field


def test_the_privacy_register_takes_no_typed_text_for_harmless():
    typed = {"display_name", "sort_name", "position", "affiliation", "comment", "search_text", "list_key", "country"}

    for name in typed:
        assert REGISTER["signatures"]["Signature"][name]["class"] == "public", name
    for name in ("email_sealed", "email_index_odd", "email_index_even"):
        assert REGISTER["signatures"]["Signature"][name]["class"] == "personal", name


def test_words_of_codes_on_pages_are_translatable():
    shown = set(
        re.findall(
            r"\bget_(\w+)_display\b", "".join(path.read_text() for path in files("templates/**/*") if path.is_file())
        )
    )
    models = [model for model in apps.get_models() if model._meta.app_label in OURS]
    fields = [field for model in models if model.__name__ not in ADMIN_ALONE for field in model._meta.fields]
    plain = {
        f"{field.model.__name__}.{field.name}"
        for field in fields
        if field.name in shown
        for value, label in field.flatchoices
        if value and not isinstance(label, Promise) and label != FILE_KINDS.get(value)
    }

    assert plain == set()
