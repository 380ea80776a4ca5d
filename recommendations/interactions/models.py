"""What each person did with each item."""

from django.db import models


class Interaction(models.Model):
    """What one person did with one item."""

    pk = models.CompositePrimaryKey("profile_id", "item_id")
    profile_id = models.UUIDField()
    item_id = models.TextField()
    views = models.IntegerField()
    carts = models.IntegerField()
    purchases = models.IntegerField()
    refunds = models.IntegerField()
    last_at = models.DateTimeField()

    class Privacy:
        holds = "what a person did with which item"
        fields = {
            "profile_id": "pseudonym",
            "item_id": "behaviour",
            "views": "behaviour",
            "carts": "behaviour",
            "purchases": "behaviour",
            "refunds": "behaviour",
            "last_at": "behaviour",
        }

    def __str__(self) -> str:
        return f"{self.profile_id} {self.item_id}"
