#!/bin/bash
echo "judging with ${SLURM_JOB_NAME}"; sleep ${SECS:-3}; echo "score 0.$((RANDOM % 99))"
