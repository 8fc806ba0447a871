"""A kept answer is whole, and its body is the text that was sent."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("core", "0002_installation_and_idempotency")]

    operations = [
        migrations.RunSQL("DELETE FROM core_idempotencykey", migrations.RunSQL.noop),
        migrations.AlterField("idempotencykey", "status", models.PositiveSmallIntegerField()),
        migrations.AlterField("idempotencykey", "body", models.TextField()),
        migrations.AlterField("idempotencykey", "created_at", models.DateTimeField(db_index=True)),
    ]
