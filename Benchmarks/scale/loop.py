"""A loop of one thread over epoll: what can be read, what can be written again, and what is due."""

import heapq
import itertools
import os
import select
import time


class Loop:
    def __init__(self):
        self.epoll = select.epoll()
        self.readers, self.writers = {}, {}
        self.due, self.numbers = [], itertools.count()
        self.is_over = False

    def on_read(self, fd, work):
        self.readers[fd] = work
        self.register(fd)

    def on_write(self, fd, work):
        """Calls `work` each time that the descriptor takes bytes; None: never again."""
        if work is None:
            self.writers.pop(fd, None)
        else:
            self.writers[fd] = work
        self.register(fd)

    def register(self, fd):
        wanted = (select.EPOLLIN if fd in self.readers else 0) | (select.EPOLLOUT if fd in self.writers else 0)
        try:
            if wanted:
                try:
                    self.epoll.modify(fd, wanted)
                except FileNotFoundError:
                    self.epoll.register(fd, wanted)
            else:
                self.epoll.unregister(fd)
        except FileNotFoundError:
            pass

    def close(self, fd):
        """Forgets a descriptor and closes it."""
        self.readers.pop(fd, None)
        self.writers.pop(fd, None)
        self.register(fd)
        os.close(fd)

    def at(self, moment, work):
        heapq.heappush(self.due, (moment, next(self.numbers), work))

    def run(self):
        while not self.is_over:
            now = time.monotonic()
            while self.due and self.due[0][0] <= now:
                heapq.heappop(self.due)[2]()
            wait = max(0.0, self.due[0][0] - time.monotonic()) if self.due else 1.0
            for fd, event in self.epoll.poll(wait, 1024):
                # What was called before may have closed this one.
                if event & ~select.EPOLLOUT and fd in self.readers:
                    self.readers[fd]()
                if event & ~select.EPOLLIN and fd in self.writers:
                    self.writers[fd]()


class Writer:
    """Writes to a pipe or socket that may be full, in order."""

    MOST = 64 << 20

    def __init__(self, loop, fd, failed):
        self.loop, self.fd, self.failed, self.rest = loop, fd, failed, bytearray()
        os.set_blocking(fd, False)

    def write(self, data):
        if self.rest:
            self.rest += data
            if len(self.rest) > self.MOST:
                self.failed()
            return
        try:
            done = os.write(self.fd, data)
        except BlockingIOError:
            done = 0
        except OSError:
            self.failed()
            return
        if done < len(data):
            self.rest += data[done:]
            self.loop.on_write(self.fd, self.more)

    def more(self):
        try:
            done = os.write(self.fd, memoryview(self.rest)[:65536])
        except BlockingIOError:
            return
        except OSError:
            self.failed()
            return
        del self.rest[:done]
        if not self.rest:
            self.loop.on_write(self.fd, None)
