"""The read API: what the dashboard, the command line, notebooks, scripts and MCP all ask."""

from .clusters import ClusterStatus, cluster_configs, cluster_status, freshness
from .filters import JobFilters
from .jobs import (
    JobCount,
    JobDetail,
    JobEvent,
    JobFacets,
    JobPage,
    count_jobs,
    job,
    job_facets,
    jobs,
    jobs_frame,
    queued_of_runs,
)

__all__ = [
    "ClusterStatus",
    "JobCount",
    "JobDetail",
    "JobEvent",
    "JobFacets",
    "JobFilters",
    "JobPage",
    "cluster_configs",
    "cluster_status",
    "count_jobs",
    "freshness",
    "job",
    "job_facets",
    "jobs",
    "jobs_frame",
    "queued_of_runs",
]
