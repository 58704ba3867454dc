"""A bound on the memory of a process, kept by the kernel, which kills whoever passes it.

Invariant: it is the kernel that kills. Without the right to bound memory there is no experiment, and that is said.
"""

import os
import time

# Of the first version, where there is a folder for each resource, and of the second.
FIRST, SECOND = "/sys/fs/cgroup/memory", "/sys/fs/cgroup"


def of_memory(pid, spare_bytes):
    """Puts the process into a group that may take so many bytes more; gives the group's folder."""
    first = os.path.isdir(FIRST)
    group = os.path.join(FIRST if first else SECOND, f"gondola-{pid}")
    try:
        os.mkdir(group)
        if not first:
            _write(SECOND, "cgroup.subtree_control", "+memory")
        # What it holds already stays in the account of the group it comes from.
        _write(group, "memory.limit_in_bytes" if first else "memory.max", spare_bytes)
        # And none to swap to.
        _write(group, "memory.swappiness" if first else "memory.swap.max", 0)
        _write(group, "cgroup.procs", pid)
    except OSError as error:
        raise RuntimeError(f"memory cannot be bounded here (run this as root, with cgroups): {error}") from error
    return group


def remove(group):
    """Removes a group when those in it are gone."""
    for _ in range(50):
        try:
            os.rmdir(group)
            return
        except FileNotFoundError:
            return
        except OSError:
            time.sleep(0.1)


def _write(group, name, value):
    with open(os.path.join(group, name), "w", encoding="ascii") as file:
        file.write(str(value))
