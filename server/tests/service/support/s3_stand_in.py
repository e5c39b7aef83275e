"""Starts moto's server with one thing put right: S3 answers 404 to who names an upload that is gone, moto 5.2.2 fails."""

import sys

from moto.s3.exceptions import S3ClientError
from moto.s3.models import S3Backend
from moto.server import main


class UploadIsGone(S3ClientError):
    code = 404

    def __init__(self):
        super().__init__("NoSuchUpload", "The specified upload does not exist.")


def of_an_upload(method):
    def call(backend, bucket_name, multipart_id, *others):
        if multipart_id not in backend.get_bucket(bucket_name).multiparts:
            raise UploadIsGone()
        return method(backend, bucket_name, multipart_id, *others)

    return call


S3Backend.upload_part = of_an_upload(S3Backend.upload_part)
S3Backend.complete_multipart_upload = of_an_upload(S3Backend.complete_multipart_upload)
sys.exit(main(sys.argv[1:]))
