#!/bin/bash
echo "run,score"; for i in 1 2 3; do echo "r0$i,0.$((RANDOM % 99))"; done; sleep ${SECS:-2}
