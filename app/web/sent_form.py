"""What pages take from a form or an address: one typed field, a row's number, or a form as sent."""

from typing import Annotated

from fastapi import Depends, Form, Path, Request
from starlette.datastructures import FormData

Typed = Annotated[str, Form()]
# As far as a key of a row can go on either database.
Number = Annotated[int, Path(ge=1, lt=2**31)]


async def _sent_form(request: Request) -> FormData:
    return await request.form()


# For pages whose fields are not known beforehand.
SentForm = Annotated[FormData, Depends(_sent_form)]
