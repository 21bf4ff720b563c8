"""Settings for the private server, by the memory of the machine."""

import os
from contextlib import suppress
from pathlib import Path


def memory_bytes() -> int:
    """What the machine has, or less where a container's limit says so."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    with suppress(OSError, ValueError):
        memory = min(memory, int(Path("/sys/fs/cgroup/memory.max").read_text()))
    return memory


def tuned_for(memory: int) -> dict[str, str]:
    """Modest settings: the portal shares the machine with its own workers."""
    megabytes = memory >> 20
    return {
        "shared_buffers": f"{max(64, min(megabytes // 8, 2048))}MB",
        "effective_cache_size": f"{max(128, megabytes // 2)}MB",
        "work_mem": "16MB",
        "maintenance_work_mem": f"{max(64, min(megabytes // 16, 512))}MB",
        "max_wal_size": "2GB",
        "wal_compression": "on",
        "random_page_cost": "1.1",
        "jit": "off",  # compiling costs more than our short statements take
        "log_line_prefix": "'%m [%p] %u@%d '",
        "timezone": "'UTC'",
    }
