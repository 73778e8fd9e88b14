"""The house for other chat models: its tools over the Model Context Protocol, on stdio and over HTTP.

Only the modules `server`, `over_stdio` and `over_http` need the package `mcp`, which is an extra.
"""
