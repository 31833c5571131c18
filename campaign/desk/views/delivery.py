"""Handing the letter over: packages to take along, what was delivered to whom, and what proves it."""

from uuid import UUID

from django.contrib import messages
from django.forms import ValidationError
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from campaign.desk import access, pages
from campaign.desk.campaign_forms import DeliveryForm, ReceiptForm
from letters.accounts.permissions import Permission
from letters.core.errors import RuleError
from letters.documents.models import Letter
from letters.outreach import addressees, delivering, telling
from letters.outreach.models import Delivery, Package
from letters.press import archives, packages

SHOWN = 100


@require_http_methods(["GET", "HEAD", "POST"])
@access.with_letter(Permission.PUBLISH)
def delivery(request: HttpRequest, letter: Letter) -> HttpResponseBase:
    if request.method != "POST":
        return _show(request, letter)
    action, user = request.POST.get("action", ""), access.user_of(request)
    try:
        if action in ("package", "supplement"):
            archives.ask_package(letter, is_supplement=action == "supplement", by=user)
        elif action == "again":
            archives.ask_again(_package(letter, request.POST.get("package", "")), by=user)
        elif action == "remove":
            delivering.remove(_delivery(letter, request), by=user)
            messages.success(request, _("The delivery is taken back, and its entry on the timeline with it."))
        elif action == "receipt":
            return _receipt(request, letter)
        elif action == "record":
            return _record(request, letter)
        else:
            raise RuleError(_("Choose one of the buttons on this page."), code="action")
    except RuleError as error:
        return _show(request, letter, notice=error.message, status=409)
    return _back(letter, "delivery" if action == "remove" else "package-making")


def _record(request: HttpRequest, letter: Letter) -> HttpResponse:
    form = DeliveryForm(request.POST, letter=letter, packages=_packages(letter))
    if not form.is_valid():
        return _show(request, letter, form, status=422)
    try:
        row = delivering.record(letter, form.handed(), by=access.user_of(request))
    except delivering.DeliveryRefused as error:
        form.add_error(error.code if error.code in form.fields else None, ValidationError(error.message))
        return _show(request, letter, form, status=422)
    text = _("Recorded: delivered to {addressee}. It is on the public timeline.")
    messages.success(request, text.format(addressee=row.addressee))
    return _back(letter)


def _receipt(request: HttpRequest, letter: Letter) -> HttpResponse:
    row, form = _delivery(letter, request), ReceiptForm(request.POST, request.FILES)
    if not form.is_valid():
        sentences = [sentence for errors in form.errors.values() for sentence in errors]
        return _show(request, letter, notice=" ".join(map(str, sentences)), status=422)
    data = form.cleaned_data
    delivering.keep_receipt(row, note=data["note"], sha256=data["file"], by=access.user_of(request))
    messages.success(request, _("The receipt is noted."))
    return _back(letter)


def _id_in(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)


def _package(letter: Letter, text: str) -> Package:
    row = get_object_or_404(Package, letter=letter, public_id=_id_in(text))
    row.letter = letter
    return row


def _delivery(letter: Letter, request: HttpRequest) -> Delivery:
    public_id = _id_in(request.POST.get("delivery", ""))
    row = get_object_or_404(Delivery, letter=letter, public_id=public_id, removed_at__isnull=True)
    row.letter = letter
    return row


def _packages(letter: Letter) -> list[Package]:
    return list(Package.objects.filter(letter=letter).select_related("version").order_by("-number")[:SHOWN])


def _back(letter: Letter, page: str = "delivery") -> HttpResponse:
    return HttpResponseRedirect(reverse(f"desk:{page}", args=[letter.slug]), status=303)


def _show(
    request: HttpRequest, letter: Letter, form: DeliveryForm | None = None, *, notice: str = "", status: int = 200
) -> HttpResponse:
    made, files = _packages(letter), archives.package_files(letter)
    rows = Delivery.objects.filter(letter=letter, removed_at__isnull=True).select_related("package", "version")
    deliveries = list(rows.order_by("-delivered_on", "-pk")[:SHOWN])
    standings = {standing.addressee: standing for standing in telling.timeline_of(letter).standings}
    labels = list(dict.fromkeys([*addressees.labels_of(letter), *[row.addressee for row in deliveries]]))
    initial = {"delivered_on": addressees.today_for(letter), "package": str(made[0].public_id) if made else ""}
    context = {
        "form": form or DeliveryForm(letter=letter, packages=made, initial=initial),
        "receipt": ReceiptForm(auto_id=False),
        "packages": [(package, files.ready.get(package.pk)) for package in made],
        "running": files.running,
        "kept_days": archives.KEPT.days,
        "can_supplement": any(row.package_id for row in deliveries),
        "addressees": [
            {
                "label": label,
                "standing": standings.get(label),
                "deliveries": [row for row in deliveries if row.addressee == label],
            }
            for label in labels
        ],
        "notice": notice or files.failure,
    }
    return pages.show(request, "desk/delivery.html", letter, "delivery", context, status=status)


@require_safe
@access.with_letter(Permission.PUBLISH)
def making(request: HttpRequest, letter: Letter) -> HttpResponseBase:
    """How far the package is; leads back as soon as it is made, or could not be."""
    row = archives.package_files(letter).running
    if row is None:
        return _back(letter)
    context = {"progress": archives.progress_of(row)}
    return pages.show(request, "desk/package_making.html", letter, "delivery", context)


@require_safe
@access.with_letter(Permission.PUBLISH)
def package(request: HttpRequest, letter: Letter, public_id: UUID) -> HttpResponseBase:
    """The file as long as it is kept; after that the page says how to have it made again."""
    row = _package(letter, str(public_id))
    try:
        file = archives.open_package(row)
    except RuleError as error:
        return _show(request, letter, notice=error.message, status=410)
    return FileResponse(file, as_attachment=True, filename=packages.name_of(row), content_type="application/zip")
