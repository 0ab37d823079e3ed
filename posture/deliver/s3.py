"""Reports in a bucket: one object a file; the same again overwrites the same."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

from posture.deliver.outcome import Refused, Taken, TryLater
from posture.deliver.settings import S3Settings
from posture.model.delivery import DeliveryKey
from posture.model.text import visible

_LATER = frozenset({"SlowDown", "InternalError", "ServiceUnavailable", "RequestTimeout", "ThrottlingException"})
_CONFIG = Config(connect_timeout=10, read_timeout=60, retries={"mode": "standard", "max_attempts": 3})


def put(files: Mapping[str, bytes], key: DeliveryKey, settings: S3Settings) -> Taken:
    """Put each file under ``PREFIX/CUSTOMER/RUN/NAME``, encrypted at rest, with its SHA-256 checked by the service.

    Raises:
        Refused: no credentials, no such bucket, no right to write there.
        TryLater: the service could not be reached, or asked for patience.
    """
    place = "/".join(part for part in (settings.prefix.strip("/"), key.customer, key.run) if part)
    try:
        client = boto3.client("s3", region_name=settings.region, endpoint_url=settings.endpoint_url, config=_CONFIG)
        for name, content in files.items():
            client.put_object(
                Bucket=settings.bucket,
                Key=f"{place}/{name}",
                Body=content,
                ChecksumSHA256=base64.b64encode(hashlib.sha256(content).digest()).decode(),
                ServerSideEncryption="AES256",
            )
    except NoCredentialsError as error:
        raise Refused("there are no AWS credentials") from error
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        told = visible(str(error), 300)
        raise TryLater(told) if code in _LATER else Refused(told) from error
    except BotoCoreError as error:
        raise TryLater(visible(str(error), 300)) from error
    return Taken(f"s3://{settings.bucket}/{place}/: {len(files)} files")
