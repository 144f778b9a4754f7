"""A closed loop of clients: each sends its next request when the last is answered, over one kept connection."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.client import HTTPConnection
from statistics import quantiles
from threading import Lock
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Request:
    path: str
    headers: dict
    method: str = "GET"
    body: str | None = None


@dataclass
class Visit:
    """What one visit measured: times in seconds, and the answers that were not 200."""

    seconds: float = 0
    client_cpu: float = 0
    times: list = field(default_factory=list)
    bad: list = field(default_factory=list)

    @property
    def per_second(self):
        return len(self.times) / self.seconds

    def percentile(self, number):
        """In milliseconds."""
        return 1000 * quantiles(self.times, n=100, method="inclusive")[number - 1]


class Source:
    """Hands the requests to the clients one by one, as long as time and requests last."""

    def __init__(self, requests, until):
        self.requests, self.until, self.lock = iter(requests), until, Lock()

    def next(self):
        with self.lock:
            return next(self.requests, None) if time.monotonic() < self.until else None


def visit(url, requests, *, clients, seconds):
    """The `Visit` of `clients` at `url` for at most `seconds`, or until `requests` are used up."""
    source, found = Source(requests, time.monotonic() + seconds), Visit()
    begun = time.monotonic()
    with ThreadPoolExecutor(clients) as pool:
        for times, bad, cpu in pool.map(lambda _number: client(url, source), range(clients)):
            found.times += times
            found.bad += bad
            found.client_cpu += cpu
    found.seconds = time.monotonic() - begun
    return found


def client(url, source):
    """(times, bad answers, CPU seconds) of one client."""
    connection, times, bad, cpu = HTTPConnection(urlsplit(url).netloc, timeout=60), [], [], time.thread_time()
    try:
        while request := source.next():
            begun = time.perf_counter()
            connection.request(request.method, request.path, request.body, request.headers)
            answer = connection.getresponse()
            body = answer.read()
            times.append(time.perf_counter() - begun)
            if answer.status != 200:
                bad.append(f"{request.method} {request.path}: {answer.status} {body[:300].decode(errors='replace')}")
    finally:
        connection.close()
    return times, bad, time.thread_time() - cpu
