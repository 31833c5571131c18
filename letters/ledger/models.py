"""The private audit trail, and the public logs: rows are added, never changed; the database refuses to update one."""

from django.db import models


class AuditEvent(models.Model):
    """One act by somebody on something, by label and id text alone. Kept for twelve months."""

    at = models.DateTimeField(auto_now_add=True, db_index=True)
    actor = models.CharField(max_length=80, help_text="user:ID, signatory, system or command")
    action = models.CharField(max_length=60)
    object_label = models.CharField(max_length=60)
    object_id = models.CharField(max_length=64)
    detail = models.CharField(max_length=120, blank=True, help_text="A reason code or a count, never text of a person")

    class Meta:
        ordering = ("-id",)
        indexes = [models.Index(fields=["object_label", "object_id", "-id"], name="auditevent_of_object")]

    def __str__(self) -> str:
        return f"{self.action} {self.object_label}:{self.object_id}"


class Log(models.Model):
    """One append-only list that anybody may check: of a letter, or of the site. The database refuses to change or to
    delete what is in it, and so with its entries, tiles, head and checkpoints."""

    public_id = models.CharField(max_length=32, unique=True, help_text="Random; part of the origin")
    subject = models.CharField(max_length=80, help_text="What it is about: label:id, or index for the site's own")
    origin = models.CharField(max_length=200, unique=True, help_text="Its name in checkpoints; never changes")
    started_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["subject", "-id"], name="log_of_subject")]

    def __str__(self) -> str:
        return self.origin


class Head(models.Model):
    """How far a log goes. Grows by a comparison with what it was, or not at all."""

    log = models.OneToOneField(Log, on_delete=models.PROTECT, related_name="head")
    size = models.PositiveBigIntegerField(default=0)
    root = models.BinaryField(max_length=32)
    indexed_size = models.PositiveBigIntegerField(default=0, help_text="Newest checkpoint in the site's own log")

    def __str__(self) -> str:
        return f"{self.log_id}: {self.size}"


class Entry(models.Model):
    """One line of a log: canonical JSON in ASCII, without a name, an address or a time."""

    log = models.ForeignKey(Log, on_delete=models.PROTECT, related_name="entries", db_index=False)
    number = models.PositiveBigIntegerField(help_text="Its index, from 0")
    line = models.CharField(max_length=1000)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["log", "number"], name="entry_number")]

    def __str__(self) -> str:
        return f"{self.log_id}/{self.number}"


class Tile(models.Model):
    """256 hashes side by side on one level of a log's tree, once all of them are final."""

    log = models.ForeignKey(Log, on_delete=models.PROTECT, related_name="tiles", db_index=False)
    level = models.PositiveSmallIntegerField(help_text="0: of entries; each further level covers 256 times as many")
    number = models.PositiveBigIntegerField()
    hashes = models.BinaryField(max_length=8192)
    root = models.BinaryField(max_length=32, help_text="The node above them")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["log", "level", "number"], name="tile_number")]

    def __str__(self) -> str:
        return f"{self.log_id}/{self.level}/{self.number}"


class Checkpoint(models.Model):
    """A head that was signed and may be read: one for each size, so that no size ever has two roots."""

    log = models.ForeignKey(Log, on_delete=models.PROTECT, related_name="checkpoints", db_index=False)
    size = models.PositiveBigIntegerField()
    note = models.TextField(help_text="The signed note")
    signed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["log", "size"], name="checkpoint_size")]

    def __str__(self) -> str:
        return f"{self.log_id}: {self.size}"


class Inclusion(models.Model):
    """Which entry of the site's own log holds which checkpoint of a letter's. Derived from the entries: what is missing
    here is read there again."""

    index = models.ForeignKey(Log, on_delete=models.PROTECT, related_name="inclusions", db_index=False)
    number = models.PositiveBigIntegerField(help_text="Of the entry in the site's log, from 0")
    origin = models.CharField(max_length=200, help_text="Of the log whose checkpoint it is")
    size = models.PositiveBigIntegerField(help_text="Of that checkpoint")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["index", "number"], name="inclusion_number")]
        indexes = [models.Index(fields=["origin", "size"], name="inclusion_of_checkpoint")]

    def __str__(self) -> str:
        return f"{self.index_id}/{self.number}: {self.origin} {self.size}"


class Cosignature(models.Model):
    """What a witness said of a checkpoint: it saw this log grow to this size and never saw another one."""

    checkpoint = models.ForeignKey(Checkpoint, on_delete=models.PROTECT, related_name="cosignatures")
    witness = models.CharField(max_length=200, help_text="Name of its key")
    line = models.CharField(max_length=400, help_text="Its signature line")
    made_at = models.DateTimeField(help_text="As the witness says")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["checkpoint", "witness"], name="cosignature_once")]

    def __str__(self) -> str:
        return f"{self.checkpoint_id} by {self.witness}"


class Halt(models.Model):
    """A log that takes nothing more until an operator looked: what was found, and since when."""

    log = models.OneToOneField(Log, on_delete=models.PROTECT, related_name="halt")
    code = models.CharField(max_length=20)
    since = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.log_id}: {self.code}"
