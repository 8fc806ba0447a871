"""What REST clients are told of acts on many follow-ups."""

from rest_framework import serializers


class RefusedRepresentation(serializers.Serializer):
    """A follow-up that wasn't assigned, and why."""

    ref = serializers.UUIDField()
    code = serializers.CharField()
    detail = serializers.CharField()


class BeyondRepresentation(serializers.Serializer):
    """A week of the coach that now holds more contacts than fit."""

    week = serializers.DateField(help_text="Its Monday.")
    contacts = serializers.IntegerField(min_value=0)
    capacity = serializers.IntegerField(min_value=0)


class BulkAssignmentRepresentation(serializers.Serializer):
    """What came of a bulk assignment: refs of those assigned, those refused one by one, and weeks that are overfull."""

    assigned = serializers.ListField(child=serializers.UUIDField())
    refused = RefusedRepresentation(many=True)
    beyond = BeyondRepresentation(many=True)
