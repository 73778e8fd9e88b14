"""How the OpenAPI document says that API keys are sent."""

from litestar.openapi.spec import Components, SecurityRequirement, SecurityScheme

SCHEMES = Components(
    security_schemes={
        "bearer": SecurityScheme(type="http", scheme="bearer", description="An API key: `byline keys create`."),
        "header": SecurityScheme(type="apiKey", name="X-API-Key", security_scheme_in="header", description="The same."),
    }
)
SECURITY: list[SecurityRequirement] = [{"bearer": []}, {"header": []}, {}]
"""Either of them, or none: where the service has no keys, or what is asked for is open to all."""
