#!/bin/bash
echo "nodes: $SLURM_JOB_NODELIST"; srun hostname
srun --job-name=worker bash -c 'for i in $(seq 1 400); do echo "$(date +%T) rank $SLURM_PROCID on $(hostname) iter $i"; sleep 20; done'
