"""The faults of a course, one method each: makes it, waits until its slot decides again, notes what was seen. False: it did not come
about and does not count. tests/crash/rounds.sh names and explains them."""
import os
import signal
import time

from fleet import Broken
from sinks import restart_postgres

OPEN_WAIT = 20.0
BACK_WAIT = 90.0  # until a process must decide again, broker restarts and other load on the machine included
CHUNK = bytes(1 << 20)
PARTITIONS = 4


class Faults:
    def __init__(self, course):
        self.course, self.o, self.random = course, course.o, course.random
        self.fleet = course.fleet

    def make(self, kind, slot):
        return getattr(self, kind.replace("-", "_"))(slot)

    def moment(self):
        """Seconds into a transaction: it takes some 10 to 40 ms, and each of its steps should be hit."""
        return self.random.uniform(0.001, 0.02)

    def nth(self, kind):
        return sum(1 for row in self.course.table if row["fault"] == kind)

    def goes_on(self, processes, what):
        """Each of them makes another clean commit, or there is nothing left to decide, for it or for all."""
        marks = {p: p.clean for p in processes}
        for process in processes:
            process.wait_for(lambda p: p.clean > marks[p] or self.nothing_left(p), BACK_WAIT)
            if process.clean == marks[process] and process.alive() and not self.nothing_left(process) and self.owns(process):
                raise Broken(f"slot {process.slot} did not go on within {BACK_WAIT:.0f} s after {what}:\n{process.tail()}")

    def nothing_left(self, process):
        return self.course.nearly_done() or process.at_the_end()

    def owns(self, process):
        """Whether the group has given it something, going by what it last said of that."""
        said = [name for _, name, _ in process.events if name in ("rebalance.assigned", "rebalance.revoked", "rebalance.lost")]
        return bool(said) and said[-1] == "rebalance.assigned"

    def start_again(self, slot):
        fresh = self.fleet.start(slot)
        fresh.wait_for(lambda p: p.first_clean is not None or self.nothing_left(p), BACK_WAIT)
        return None if fresh.first_clean is None else round(fresh.first_clean - fresh.started, 2)

    # ---- of a process

    def kill(self, slot):
        """kill -9, two of three inside a transaction; every fourth time it stays away until the group has given its tasks away."""
        process, nth = self.fleet[slot], self.nth("kill")
        if not (nth % 3 != 2 and process.signal_when_open(signal.SIGKILL, OPEN_WAIT, self.moment)):
            time.sleep(self.random.uniform(0, 0.1))
            if process.alive():
                process.kill()
        txn = process.ended()
        text = f"in transaction {txn}" if txn else "between transactions"
        if nth % 4 == 1:
            time.sleep(self.o.session_ms / 1000 + 1)
            text += ", away for a session"
        seconds = self.start_again(slot)
        self.course.note("kill", slot, f"{text}; commits again {seconds} s after its start", open=bool(txn), recovery_s=seconds)
        return True

    def stop(self, slot):
        """SIGSTOP inside a transaction until others have its tasks and commit, then SIGCONT."""
        process = self.fleet[slot]
        if not process.signal_when_open(signal.SIGSTOP, OPEN_WAIT, self.moment):
            return False
        since = time.monotonic()
        others = [p for s, p in self.fleet.processes.items() if s != slot]
        end = since + self.o.session_ms / 1000 + 20
        taken = []
        while time.monotonic() < end and not taken:
            taken = [line for p in others for line in p.seen("rebalance.assigned", since)]
            time.sleep(0.1)
        clean = sum(p.clean for p in others)
        while time.monotonic() < end and taken and sum(p.clean for p in others) < clean + 3:
            time.sleep(0.05)
        frozen = round(time.monotonic() - since, 1)
        os.kill(process.child.pid, signal.SIGCONT)
        woke = time.monotonic()
        signs = ("rebalance.lost", "commit.doubtful", "task.gone", "rebalance.assigned")
        process.wait_for(lambda p: any(p.seen(s, woke) for s in signs) or not p.alive(), 30)
        seen = [s for s in signs if process.seen(s, woke)] or ["nothing"]
        self.course.note("stop", slot, f"stopped {frozen} s in transaction {process.open_txn or '-'}, {len(taken)} tasks taken over; awake: {seen[0]}",
                         taken=len(taken))
        return bool(taken)

    def rebalance(self, _slot):
        """Processes join until each partition has one of its own, and leave. Counts when something that was computed had to be settled before
        a revoke."""
        since, before = time.monotonic(), dict(self.fleet.processes)
        joiners = [self.fleet.start(self.o.processes + n) for n in range(PARTITIONS - self.o.processes)]
        for joiner in joiners:
            joiner.wait_for(lambda p: p.first_clean is not None, self.o.session_ms / 1000 + 30)
        found = [line for p in self.fleet.processes.values() for line in p.seen("rebalance.revoked", since)]
        codes = [self.fleet.stop(joiner.slot) for joiner in joiners]
        left = time.monotonic()
        while time.monotonic() < left + 15 and not any(p.seen("rebalance.assigned", left) for p in before.values()):
            time.sleep(0.05)
        for joiner, code in zip(joiners, codes):
            if code != 0:
                raise Broken(f"a process that joined and left ended with {code}:\n{joiner.tail()}")
        computed = [line for line in found if "computed=" in line and "computed=0" not in line.split()]
        if computed:
            self.course.note("rebalance", joiners[0].slot, computed[0][computed[0].index("rebalance.revoked"):])
        return bool(computed)

    def cut(self, slot):
        """All its connections end at once, three times within a second or so, first inside a transaction."""
        process, counts = self.fleet[slot], []
        process.wait_for(lambda p: p.open_txn is not None, OPEN_WAIT)
        time.sleep(self.moment())
        for _ in range(3):
            self.course.proxy.forget()
            self.course.proxy.tell(f"cut {self.course.client(slot)}")
            answer = self.course.proxy.answer("cut", 5)
            counts.append(int(answer.split()[1]) if answer else 0)
            time.sleep(self.random.uniform(0.05, 0.6))
        self.goes_on([process], "its connections were cut")
        self.course.note("cut", slot, f"connections cut: {counts}", cut=sum(counts))
        return counts[0] > 0

    # ---- late requests

    def late(self, kind, slot, kills):
        process, proxy = self.fleet[slot], self.course.proxy
        doubtful = len(process.seen("commit.doubtful"))
        proxy.forget()
        proxy.tell(f"hold {kind} {self.course.client(slot)}")
        said = [word for word in ("held", "again", "delivered") if proxy.answer(word, OPEN_WAIT)]
        if kills and process.alive():
            process.kill()
            process.ended()
        proxy.tell("release")
        if kills:
            self.start_again(slot)
        elif process.alive():
            self.goes_on([process], f"a late {kind}")
        told = len(process.seen("commit.doubtful")) - doubtful
        if "delivered" not in said:
            return False
        self.course.note(kind, slot, f"sent twice, the first copy delivered in the next transaction; the process called {told} transactions doubtful"
                         + (" and was killed behind it" if kills else ""), doubtful=told)
        return True

    def end_txn(self, slot):
        return self.late("end-txn", slot, kills=False)

    def offset_commit(self, slot):
        """Killed behind it: a position that was set back does harm to whoever starts from it."""
        return self.late("offset-commit", slot, kills=True)

    # ---- of the servers

    def broker(self, _slot):
        """kill -9 of one broker while a transaction is open; back after up to three seconds. Every process must go on, or end and say so:
        a broker that forgot its answer to a static member takes the member's next request for another's, and fences it."""
        number = self.random.randrange(self.course.brokers.count) + 1
        processes = list(self.fleet.processes.values())
        processes[0].wait_for(lambda p: p.open_txn is not None, OPEN_WAIT)
        self.course.brokers.kill(number)
        away = time.monotonic()
        time.sleep(self.random.uniform(0, 3))
        self.course.brokers.up()
        back = time.monotonic()
        self.goes_on(processes, f"broker {number} was killed and started again")
        ended = [p.slot for p in processes if p.fatal or not p.alive()]
        self.fleet.restart_ended()
        for slot in ended:
            self.fleet[slot].wait_for(lambda p: p.first_clean is not None or self.nothing_left(p), BACK_WAIT)
        self.course.note("broker", number, f"kill -9 of broker {number} of {self.course.brokers.count}, away {back - away:.1f} s; all decide again "
                                           f"{time.monotonic() - back:.1f} s later" + (f"; slots {ended} had ended" if ended else ""))
        return True

    def postgres(self, _slot):
        sink = self.course.sink
        how = restart_postgres(self.o.stack, self.course.stack_folder, self.nth("postgres"), self.random.uniform(0, 1.5))
        back, written = time.monotonic(), sink.counts["batch.written"]
        came_back = sink.wait_for(lambda: sink.counts["batch.written"] > written, 30)
        if not sink.alive() or not came_back:
            raise Broken(f"the sink did not live through a {how} of PostgreSQL:\n{sink.log()[-2000:]}")
        self.course.note("postgres", "sink", f"{how}; the sink wrote again {time.monotonic() - back:.2f} s after it was up")
        return True

    def disk(self, _slot):
        """The file system of one process' state is filled up; it must stop and say so. With room again it is started and goes on."""
        slot, ballast = self.course.small_slot, os.path.join(self.o.small, "ballast")
        process = self.fleet[slot]
        fill(ballast)
        try:
            process.wait_for(lambda p: not p.alive(), 30)
            if process.alive():
                return False  # it found no reason to write
            said = process.tail(1).strip()
            if "pace" not in said:
                raise Broken(f"a full disk ended a process that does not say so:\n{process.tail()}")
        finally:
            os.remove(ballast)
        process.ended()
        seconds = self.start_again(slot)
        self.course.note("disk", slot, f"full: ended with {process.child.returncode}, \"{said[:160]}\"; with room again it commits {seconds} s after its start")
        return True


def fill(path):
    """Until nothing goes into the file system any more."""
    size = len(CHUNK)
    with open(path, "wb", buffering=0) as file:
        while size:
            try:
                if file.write(CHUNK[:size]) < size:
                    size //= 2
            except OSError:
                size //= 2
