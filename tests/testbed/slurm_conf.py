"""slurm.conf, gres.conf, cgroup.conf, and the fake GPUs they name."""

from __future__ import annotations

import os
import shutil
import socket
from pathlib import Path

from .clusters import CLUSTERS, Cluster
from .layout import PORTS, ROOT
from .namespaces import have_namespaces
from .process import write

__all__ = ["make_gpus", "make_slurm_conf"]

_SLURM_CONF = """\
# made by tests/testbed
ClusterName={name}
SlurmctldHost={control_host}(127.0.0.1)
SlurmctldPort={control_port}
# bind to what the (namespace's) hostname resolves to, which is 127.0.0.1, and not to 0.0.0.0
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
AuthType=auth/munge
AuthInfo=socket={root}/run/munge.socket
CredType=cred/munge
SlurmUser=slurm
StateSaveLocation={own}/state
SlurmdSpoolDir={own}/spool/%n
SlurmctldPidFile={own}/run/slurmctld.pid
SlurmdPidFile={own}/run/slurmd-%n.pid
SlurmctldLogFile={own}/log/slurmctld.log
SlurmdLogFile={own}/log/slurmd-%n.log
SlurmctldDebug=info
SlurmdDebug=info
MpiDefault=none
SwitchType=switch/none
ProctrackType=proctrack/linuxproc
TaskPlugin={task_plugin}
ReturnToService=2
SlurmdParameters=config_overrides
SlurmctldTimeout=60
SlurmdTimeout=120
KillWait=3
MinJobAge=300
MessageTimeout=10
TCPTimeout=5
BatchStartTimeout=30
UnkillableStepTimeout=30
InactiveLimit=0
WaitTime=0
# room below for invented history (history.py)
FirstJobId={first_job}
MaxJobCount=120000
MaxArraySize=20001
MailProg={root}/lib/mailprog
RequeueExit=75
SchedulerType=sched/backfill
SchedulerParameters={scheduler}
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
PreemptType=preempt/qos
PreemptMode=REQUEUE
PriorityType=priority/multifactor
PriorityDecayHalfLife=1-00:00:00
PriorityCalcPeriod=00:01:00
PriorityMaxAge=1-00:00:00
PriorityWeightAge=1000
PriorityWeightFairshare=10000
PriorityWeightJobSize=500
PriorityWeightPartition=1000
PriorityWeightQOS=5000
AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost=127.0.0.1
AccountingStoragePort={dbd_port}
# for the connection to slurmdbd this is the munge socket; AuthInfo alone is not used there
AccountingStoragePass={root}/run/munge.socket
AccountingStorageEnforce=associations,limits,qos,safe
AccountingStorageTRES=gres/gpu,gres/gpu:{gpu_type}
AccountingStoreFlags=job_comment,job_env,job_script
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=2
{memory_guard}
JobCompType=jobcomp/none
GresTypes=gpu
Licenses=matlab:2
"""

_SCHEDULER = (
    "sched_interval=5,bf_interval=5,batch_sched_delay=1,bf_continue,bf_max_job_test=1000,"
    "default_queue_depth=500,sched_min_interval=500000,max_rpc_cnt=0,preempt_youngest_first"
)

_CGROUP_CONF = """\
CgroupPlugin=cgroup/v1
CgroupMountpoint=/sys/fs/cgroup
ConstrainRAMSpace=yes
ConstrainSwapSpace=no
ConstrainCores=no
ConstrainDevices=no
MinRAMSpace=20
"""


def _have_cgroup() -> bool:
    """Whether the v1 memory hierarchy can be written: only with it do jobs end as OUT_OF_MEMORY.

    OverMemoryKill, the fallback, leaves FAILED 0:9; cgroup/v2 of Slurm 22.05 wants systemd.
    """
    mark = ROOT / "have_cgroup"
    if not mark.exists():
        top = Path("/sys/fs/cgroup/memory")
        works = os.environ.get("STB_NO_CGROUP") != "1" and (top / "memory.limit_in_bytes").exists()
        if works:
            probe = top / f"stb_probe_{os.getpid()}"
            try:
                probe.mkdir()
                probe.rmdir()
            except OSError:
                works = False
        mark.write_text("1" if works else "0")
    return mark.read_text() == "1"


def _node_lines(cluster: Cluster) -> str:
    lines = []
    port = cluster.first_node_port
    alias = "" if have_namespaces() else f"NodeHostname={socket.gethostname()} "
    for group in cluster.groups:
        ports = f"[{port}-{port + group.count - 1}]" if group.count > 1 else str(port)
        gres = f" Gres=gpu:{cluster.gpu_type}:{group.gpus}" if group.gpus else ""
        lines.append(
            f"NodeName={group.folded} {alias}NodeAddr=127.0.0.1 Port={ports} "
            f"{group.definition}{gres} State=UNKNOWN"
        )
        port += group.count
    return "\n".join([*lines, *(f"PartitionName={line}" for line in cluster.partitions)]) + "\n"


def make_slurm_conf(cluster: Cluster) -> None:
    """Write the cluster's files and the directories its daemons want."""
    own = ROOT / cluster.name
    text = _SLURM_CONF.format(
        name=cluster.name,
        root=ROOT,
        own=own,
        control_host=f"{cluster.name}-ctl" if have_namespaces() else socket.gethostname(),
        control_port=cluster.control_port,
        task_plugin="task/cgroup" if _have_cgroup() else "task/none",
        memory_guard="" if _have_cgroup() else "JobAcctGatherParams=OverMemoryKill",
        first_job=cluster.first_job,
        scheduler=_SCHEDULER,
        dbd_port=PORTS["slurmdbd"],
        gpu_type=cluster.gpu_type,
    )
    write(own / "etc/slurm.conf", text + _node_lines(cluster))
    if _have_cgroup():
        write(own / "etc/cgroup.conf", _CGROUP_CONF)
    gres = [
        f"NodeName={group.folded} Name=gpu Type={cluster.gpu_type} File={ROOT}/dev/nvidia[0-{group.gpus - 1}]"
        for group in cluster.groups
        if group.gpus
    ]
    write(own / "etc/gres.conf", "\n".join(["AutoDetect=off", *gres]) + "\n")
    for directory, mode in (("state", 0o700), ("run", 0o755), ("log", 0o755)):
        path = own / directory
        path.mkdir(parents=True, exist_ok=True)
        path.chmod(mode)
        shutil.chown(path, "slurm", "slurm")
    for node in cluster.node_names:
        (own / "spool" / node).mkdir(parents=True, exist_ok=True)
    outside = f"#!/bin/sh\n# a Slurm command against {cluster.name} from outside: bin/{cluster.name} squeue\n"
    write(ROOT / "bin" / cluster.name, f'{outside}SLURM_CONF={own}/etc/slurm.conf exec "$@"\n', mode=0o755)


def make_gpus() -> None:
    """Fake GPU devices: character device 1:3 is /dev/null, so nothing can come of opening one."""
    (ROOT / "dev").mkdir(exist_ok=True)
    for number in range(max(cluster.gpus_per_node for cluster in CLUSTERS.values())):
        path = ROOT / "dev" / f"nvidia{number}"
        if not path.exists():
            try:
                os.mknod(path, 0o666 | 0o020000, os.makedev(1, 3))
            except OSError:
                path.touch()
            path.chmod(0o666)
