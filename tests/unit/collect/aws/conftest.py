"""The server that stands for AWS."""

from aws_server import _server, aws_server  # noqa: F401  fixtures
