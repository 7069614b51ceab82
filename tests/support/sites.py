"""The form without containers, for real: PostgreSQL, two processes and a worker, nginx over TLS."""

import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

import httpx

from app.core.database import Database
from app.core.settings import Settings
from tests.conftest import SECRET
from tests.support.mail import a_post_office
from tests.support.nginx import running_nginx
from tests.support.offices import Office
from tests.support.ports import free_port
from tests.support.pythons import ROOT, start_python
from tests.support.servers import MusterServe, running_server

WITHIN = 20  # seconds: longer than anything here takes, shorter than for ever


class Site(Office):
    """Everything that runs on one machine, and the door that everybody comes through."""

    def __init__(self, database, settings, *, nginx, processes, post):
        super().__init__(database, settings, nginx.base_url)
        self.nginx = nginx
        self.processes = processes
        self.post = post

    def vote(self, slug, code, answers):
        """Cast one vote at the process that nobody's open page is fed by."""
        quiet = min(self.processes, key=streams_open)
        assert streams_open(quiet) == 0, "both processes feed open pages"
        self.vote_at(quiet.base_url, slug, code, answers)

    def browser(self, **more):
        """A client that trusts this site's certificate."""
        more = {"verify": self.nginx.tls} | more
        return httpx.Client(base_url=self.base_url, timeout=WITHIN, **more)


def streams_open(process):
    lines = httpx.get(f"{process.base_url}/metrics", timeout=WITHIN).text.splitlines()
    [value] = [line.split()[1] for line in lines if line.startswith("muster_streams_open ")]
    return float(value)


@contextmanager
def a_site(postgres, *, kind=Site):
    """Run it all while the block lasts, on a database of its own, with mail to a real server."""
    url, https_port = postgres.create_migrated(), free_port()
    base_url = f"https://localhost:{https_port}"
    with ExitStack() as running:
        running.callback(postgres.drop, url)
        post = running.enter_context(a_post_office())
        settings = Settings(
            database_url=url, secret_key=SECRET, base_url=base_url, smtp_url=post.url
        )
        database = Database(url)
        running.callback(database.dispose)
        with ThreadPoolExecutor(2) as hands:
            # Both at once: starting is most of what a journey waits for.
            coming = [running_server(settings, kind=MusterServe, **mail(post)) for _ in range(2)]
            begun = list(hands.map(lambda each: each.__enter__(), coming))
        for each in coming:
            running.push(each.__exit__)
        apps = tuple(f"127.0.0.1:{each.port}" for each in begun)
        nginx = running.enter_context(running_nginx(apps=apps, https_port=https_port))
        yield kind(database, settings, nginx=nginx, processes=tuple(begun), post=post)


def mail(post):
    return {"MUSTER_SMTP_URL": post.url}


@contextmanager
def a_worker(site):
    """Run `muster worker` while the block lasts, and have it end in order."""
    environment = {
        "PYTHONPATH": str(ROOT),
        "MUSTER_DATABASE_URL": site.settings.database_url,
        "MUSTER_SECRET_KEY": SECRET,
        "MUSTER_BASE_URL": site.settings.base_url,
    }
    worker = start_python(
        *("app", "worker"),
        env=environment | mail(site.post),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield
        worker.send_signal(signal.SIGTERM)
        said = worker.communicate(timeout=WITHIN)[1]
        assert worker.returncode == 0, said
    finally:
        worker.kill()
        worker.communicate()
