"""A line between two servers that can be made slow or cut.

Invariant: bytes are delayed, never lost or changed, unless the line is cut, which both ends are told.
"""

import queue
import socket
import threading
import time

CHUNK_BYTES = 65536


class Proxy:
    """Listens on a port and passes on to another."""

    def __init__(self, target_port):
        self.target_port = target_port
        self.delay_s, self.open, self.lines = 0.0, True, set()
        self.lock = threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def slow(self, seconds):
        """Delays every chunk in each direction by so much."""
        self.delay_s = seconds

    def cut(self):
        """Ends every line and accepts none."""
        self.open = False
        with self.lock:
            lines, self.lines = self.lines, set()
        for line in lines:
            line.close()

    def heal(self):
        self.delay_s, self.open = 0.0, True

    def _accept(self):
        while True:
            near, _ = self.listener.accept()
            if not self.open:
                near.close()
                continue
            try:
                far = socket.create_connection(("127.0.0.1", self.target_port), 5)
            except OSError:
                near.close()
                continue
            with self.lock:
                self.lines |= {near, far}
            for source, sink in ((near, far), (far, near)):
                source.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                chunks = queue.Queue(maxsize=1024)
                threading.Thread(target=self._read, args=(source, chunks), daemon=True).start()
                threading.Thread(target=self._write, args=(chunks, source, sink), daemon=True).start()

    def _read(self, source, chunks):
        while True:
            try:
                data = source.recv(CHUNK_BYTES)
            except OSError:
                data = b""
            chunks.put((time.monotonic() + self.delay_s, data))
            if not data:
                return

    def _write(self, chunks, source, sink):
        while True:
            due, data = chunks.get()
            time.sleep(max(0.0, due - time.monotonic()))
            try:
                if not data:
                    raise OSError
                sink.sendall(data)
            except OSError:
                for line in (source, sink):
                    try:
                        line.shutdown(socket.SHUT_RDWR)
                    except OSError:
                        pass
                    line.close()
                with self.lock:
                    self.lines -= {source, sink}
                return
