import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("profiles", "0002_partitioned"),
    ]

    operations = [
        migrations.CreateModel(
            name="Job",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("mapping", models.CharField(max_length=60)),
                ("files", models.JSONField(help_text="Names of the files, in order.")),
                ("content", models.CharField(help_text="Digest of the mapping and of all files' contents.", max_length=40)),
                ("state", models.CharField(choices=[("running", "Running"), ("stopped", "Stopped; run it again to go on"), ("done", "Done")], default="running", max_length=8)),
                ("position", models.BigIntegerField(default=0, help_text="Rows dealt with, over all files.")),
                ("counts", models.JSONField(default=dict)),
                ("started_at", models.DateTimeField(auto_now_add=True)),
                ("finished_at", models.DateTimeField(null=True)),
                ("source", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="profiles.source")),
            ],
            options={
                "verbose_name": "import",
                "constraints": [models.UniqueConstraint(fields=("source", "content"), name="job_once_a_content")],
            },
        ),
        migrations.CreateModel(
            name="RowError",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("file", models.CharField(max_length=200)),
                ("line", models.BigIntegerField()),
                ("field", models.CharField(blank=True, max_length=60)),
                ("code", models.CharField(max_length=40)),
                ("message", models.CharField(max_length=300)),
                ("job", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="errors", to="profiles.job")),
            ],
            options={
                "verbose_name": "row that did not fit",
                "indexes": [models.Index(fields=["job", "code"], name="rowerror_job")],
            },
        ),
    ]
