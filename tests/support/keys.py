"""A service before and after its secret key was changed."""

from pydantic import SecretStr

OLD = "the key that was used before, longer than needed"
NEW = "the key that took its place, longer than it need be"


def before_rotation(settings):
    """Settings with the old key."""
    return settings.model_copy(update={"secret_key": SecretStr(OLD)})


def after_rotation(settings):
    """Settings with the new key, which still know the old one."""
    keys = {"secret_key": SecretStr(NEW), "previous_secret_key": SecretStr(OLD)}
    return settings.model_copy(update=keys)
