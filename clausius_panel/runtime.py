"""What one process shares among all its faces: the configuration, the store, the connections, the collector."""

from __future__ import annotations

import threading
from collections.abc import Collection
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Self

from . import store as st
from .collector import Collector
from .config import Config
from .local_processes import ProcessClient, are_processes
from .model import Cluster, Freshness
from .queries import cluster_configs
from .slurm import SlurmClient
from .store import Store
from .transport import Asker, Transport, connect

if TYPE_CHECKING:
    from .logs import FileHost, SeenLinks
    from .transport.sftp import SFTPFiles

__all__ = ["Runtime"]


class Runtime:
    """Plain and thread-safe; a context manager that closes its connections."""

    def __init__(self, config: Config, *, create: bool = False) -> None:
        """Open the store under `config.data_dir`; `create` makes one where there is none.

        Raises `StoreMissing`, `SchemaTooNew`, `StoreOnNetwork`.
        """
        self.config = config
        path = config.data_dir / "clausius.duckdb"
        self.store = Store.create(path) if create and not path.exists() else Store.open(path)
        self.collector = Collector(self.store, self.client, locks=config.data_dir / "locks")
        self._transports: dict[str, tuple[Cluster, Transport]] = {}
        self._file_hosts: dict[str, tuple[Transport, FileHost, SFTPFiles | None]] = {}
        self._guard = threading.Lock()

    @cached_property
    def links(self) -> SeenLinks:
        """The pages of experiment trackers that logs told of."""
        from .logs import SeenLinks  # late, as below: most commands read no log

        return SeenLinks()

    def client(self, cluster: str) -> SlurmClient:
        """Slurm on a configured cluster, or what stands for it. Raises `UnknownCluster`."""
        config = st.get_cluster(self.store, cluster)
        if are_processes(self.store, config):
            return ProcessClient(config, self.transport(config), store=self.store)
        return SlurmClient(config, self.transport(config))

    def transport(self, cluster: Cluster) -> Transport:
        """The connection to a cluster; made anew when its configuration has changed."""
        with self._guard:
            known, transport = self._transports.get(cluster.name, (None, None))
            if transport is None or known != cluster:
                if transport is not None:
                    transport.close()
                transport = connect(cluster, self.config)
                self._transports[cluster.name] = (cluster, transport)
            return transport

    def file_host(self, cluster: str) -> FileHost:
        """What is known of how a cluster's files are served. Raises `UnknownCluster`."""
        from .logs import FileHost

        config = st.get_cluster(self.store, cluster)
        transport = self.transport(config)
        with self._guard:
            known, host, files = self._file_hosts.get(cluster, (None, None, None))
            if host is None or known is not transport:
                if files is not None:
                    files.close()
                files = self._served(config)
                host = FileHost(transport, has_data_host=bool(config.data_host), files=files)
                self._file_hosts[cluster] = (transport, host, files)
            return host

    def _served(self, cluster: Cluster) -> SFTPFiles | None:
        """SFTP to a cluster; not connected before it is needed."""
        if cluster.kind != "ssh":
            return None
        from .transport.sftp import SFTPFiles

        return SFTPFiles(cluster, self.config)

    def login(self, cluster: str, ask: Asker) -> None:
        """Connect where something must be typed: passphrase, password or second factor. Raises `TransportError`.

        This process keeps the connection, and asks again whenever it has to make a new one; nothing that was typed
        is stored.
        """
        config = st.get_cluster(self.store, cluster)
        transport = connect(config, self.config, ask=ask)
        transport.run("true")
        with self._guard:
            _, old = self._transports.get(cluster, (None, None))
            self._transports[cluster] = (config, transport)
        with self.store.write() as cur:
            st.forget_failures(cur, cluster)
        if old is not None:
            old.close()

    def refresh(
        self,
        clusters: Collection[str] = (),
        *,
        max_age_s: float | None = None,
        wait_s: float = 30.0,
        force: bool = False,
    ) -> list[Freshness]:
        """Have data no older than `max_age_s` (by default the setting refresh_interval_s) of some or all.

        Raises `UnknownCluster`; see `Collector.refresh` for the rest.
        """
        names = [cluster.name for cluster in cluster_configs(self.store, clusters=clusters)]
        age = st.settings(self.store).refresh_interval_s if max_age_s is None else max_age_s
        return self.collector.refresh_many(names, max_age_s=age, wait_s=wait_s, force=force)

    def meet(self, cluster: str) -> None:
        """Ask a cluster that has never answered: who we are there decides, among others, which logs are ours.

        What fails is told by whoever asks next. Raises `UnknownCluster`, `StoreError`.
        """
        state = st.cluster_states(self.store).get(cluster)
        if state is None or not state.user_name:
            self.refresh([cluster])

    def close(self) -> None:
        """End refreshes and connections; idempotent."""
        self.collector.close()
        with self._guard:
            for _, transport in self._transports.values():
                transport.close()
            self._transports.clear()
            for _, _, files in self._file_hosts.values():
                if files is not None:
                    files.close()
            self._file_hosts.clear()
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
