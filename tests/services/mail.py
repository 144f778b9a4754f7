"""A mail server on loopback that keeps what it is given."""

import socketserver
import threading
from contextlib import contextmanager
from email import message_from_bytes, policy


class Conversation(socketserver.StreamRequestHandler):
    """As much of RFC 5321 as a client needs that only sends."""

    def handle(self):
        self.say("220 here")
        while line := self.rfile.readline():
            match line.split()[0].upper():
                case b"DATA":
                    self.say("354 go on")
                    self.server.letters.append(message_from_bytes(self.letter(), policy=policy.default))
                    self.say("250 kept")
                case b"QUIT":
                    return self.say("221 bye")
                case _:
                    self.say("250 fine")

    def letter(self):
        lines = iter(self.rfile.readline, b".\r\n")
        return b"".join(line.removeprefix(b".") for line in lines)

    def say(self, text):
        self.wfile.write(text.encode() + b"\r\n")


@contextmanager
def server():
    """A running server with `url` for EMAIL_URL and `letters`, the messages in order of arrival."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Conversation) as sink:
        sink.daemon_threads = True
        sink.letters = []
        sink.url = f"smtp://127.0.0.1:{sink.server_address[1]}"
        threading.Thread(target=sink.serve_forever, daemon=True).start()
        yield sink
        sink.shutdown()
