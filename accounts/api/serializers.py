"""The token's owner as REST clients read it."""

from rest_framework import serializers

from accounts.enums import Language, Role, TokenScope


class MeRepresentation(serializers.Serializer):
    """Who the token acts as, and what it may do."""

    ref = serializers.UUIDField()
    email = serializers.EmailField()
    given_name = serializers.CharField()
    family_name = serializers.CharField()
    role = serializers.ChoiceField(Role.choices)
    language = serializers.ChoiceField(Language.choices)
    token_name = serializers.CharField()
    scope = serializers.ChoiceField(TokenScope.choices)
    expires_at = serializers.DateTimeField(allow_null=True)
