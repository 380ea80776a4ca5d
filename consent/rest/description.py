"""How the OpenAPI description tells programs to sign in."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """``Authorization: Bearer KEY``. Known to drf-spectacular by being imported."""

    target_class = "consent.access.authentication.ApiKeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """A bearer scheme."""
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "An API key with the scope of the address, made in the console.",
        }
