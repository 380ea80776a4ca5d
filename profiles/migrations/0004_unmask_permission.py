from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("profiles", "0003_imports")]

    operations = [
        migrations.AlterModelOptions(
            name="profile",
            options={"permissions": [("unmask_profile", "Can see personal data in clear")]},
        ),
    ]
