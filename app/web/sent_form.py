"""A form as it was sent, for pages whose fields are not known beforehand."""

from typing import Annotated

from fastapi import Depends, Request
from starlette.datastructures import FormData


async def _sent_form(request: Request) -> FormData:
    return await request.form()


SentForm = Annotated[FormData, Depends(_sent_form)]
