//! What the process itself tells: its build, its age, what it holds.
//!
//! Invariant: the usual names (`process_…`), so that ready-made boards and alerts find them.

use std::{path::PathBuf, sync::Arc};

use domain::{Clock, Stopwatch};
use prometheus_client::registry::Registry;
use tokio::runtime::Handle;

use super::{Page, look};
use crate::{
    lifecycle::{Tasks, open_connections},
    machine::{Disk, Memory, Process, ProcessFigures, cpus},
};

/// Registers the process: its version, the clock it began by, the tasks beside its requests and the folder it writes to.
pub fn register_process(
    registry: &mut Registry,
    version: &'static str,
    clock: &dyn Clock,
    tasks: Tasks,
    data_dir: PathBuf,
) {
    let (started, age, process) = (clock.now().micros() / 1_000_000, Stopwatch::start(), Arc::new(Process::default()));
    look(registry, move |page| {
        let system = [("version", version), ("os", std::env::consts::OS), ("arch", std::env::consts::ARCH)];
        page.gauges("gondola_build_info", "Always 1; the labels say what runs", [(system, 1_i64)])?;
        page.gauge("process_start_time_seconds", "When it started, in seconds since 1970", started)?;
        page.gauge("dashboard_uptime_seconds", "Seconds since it started", age.elapsed().as_secs_f64())?;
        page.gauge("http_server_active_connections", "Connections open", open_connections())?;
        let tasks_alive = Handle::try_current().ok().map(|runtime| runtime.metrics().num_alive_tasks());
        page.known_gauge("gondola_runtime_tasks", "Tasks that have not ended", tasks_alive)?;
        let panics = tasks.panics();
        let panics = panics.iter().map(|(task, count)| ([("task", task.as_str())], *count));
        page.counters("gondola_task_panics", "Background tasks that panicked", panics)?;
        holdings(page, &process)?;
        around(page)?;
        room(page, &data_dir)
    });
}

fn holdings(page: &mut Page<'_>, process: &Process) -> std::fmt::Result {
    let figures = process.figures();
    page.known_gauge("process_resident_memory_bytes", "Memory it holds", figures.resident_bytes)?;
    page.known_gauge("process_virtual_memory_bytes", "Address space it holds", figures.virtual_bytes)?;
    page.known_gauge("process_open_fds", "Files and sockets open", figures.open_files)?;
    page.known_gauge("process_max_fds", "Files and sockets that may be open", figures.most_files)?;
    page.known_gauge("process_threads", "Threads", figures.threads)?;
    moved(page, figures)?;
    let cpu = figures.cpu_centiseconds.map(|hundredths| std::time::Duration::from_millis(hundredths * 10));
    cpu.map_or(Ok(()), |cpu| page.counter("process_cpu_seconds", "CPU time used", cpu.as_secs_f64()))
}

/// Traffic, by OpenTelemetry's names: in which direction, as a disk and as a network says it.
fn moved(page: &mut Page<'_>, figures: ProcessFigures) -> std::fmt::Result {
    let disk = figures.disk.into_iter().flat_map(|disk| [("read", disk.inwards_bytes), ("write", disk.outwards_bytes)]);
    let disk = disk.map(|(direction, bytes)| ([("disk_io_direction", direction)], bytes));
    page.counters("process_disk_io_bytes", "Bytes read from disks and written to them", disk)?;
    let network = figures.network.into_iter();
    let network = network.flat_map(|net| [("receive", net.inwards_bytes), ("transmit", net.outwards_bytes)]);
    let network = network.map(|(direction, bytes)| ([("network_io_direction", direction)], bytes));
    page.counters(
        "process_network_io_bytes",
        "Bytes over the network interfaces it sees, its container's or the machine's",
        network,
    )
}

/// What it may take of the machine, or of the container it is in.
fn around(page: &mut Page<'_>) -> std::fmt::Result {
    let memory = Memory::of_machine();
    page.gauge("gondola_machine_cpus", "Processors it may use", cpus())?;
    page.known_gauge(
        "gondola_machine_memory_available_bytes",
        "Memory that can still be had",
        memory.map(|memory| memory.available_bytes),
    )?;
    page.known_gauge("gondola_machine_memory_size_bytes", "Memory in all", memory.map(|memory| memory.size_bytes))
}

fn room(page: &mut Page<'_>, data_dir: &std::path::Path) -> std::fmt::Result {
    let disk = Disk::of(data_dir);
    page.known_gauge(
        "gondola_disk_free_bytes",
        "Room left where the data folder is",
        disk.map(|disk| disk.free_bytes),
    )?;
    page.known_gauge("gondola_disk_size_bytes", "Size of that file system", disk.map(|disk| disk.size_bytes))
}
