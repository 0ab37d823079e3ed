from aws_server import _server, aws_server

__all__ = ["_server", "aws_server"]
