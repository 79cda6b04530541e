#!/bin/bash
# a fake trainer: KIND (ok, traceback, cudaoom, nccl, segv, hostoom), SECS of work before the end
echo "[$(date '+%F %T')] job ${SLURM_JOB_ID} ${SLURM_JOB_NAME} on $(hostname), gpus=${CUDA_VISIBLE_DEVICES:-none}, cpus=${SLURM_CPUS_ON_NODE}"
echo "[$(date '+%F %T')] config: lr=3e-4 batch=256 seed=${SLURM_ARRAY_TASK_ID:-0}"
secs=${SECS:-5} t0=$SECONDS step=0 tick=$(( secs > 60 ? 15 : 1 ))
while (( SECONDS - t0 < secs )); do
    step=$((step + 50))
    printf '[%s] step %6d/20000 | loss %d.%04d | lr 2.9e-04 | %d tok/s | eta %02d:%02d:%02d\n' "$(date '+%F %T')" $step \
        $((3 - (step > 2000) - (step > 9000))) $((RANDOM % 9999)) $((180000 + RANDOM % 9000)) $((RANDOM % 20)) $((RANDOM % 60)) $((RANDOM % 60))
    sleep $tick
done
case ${KIND:-ok} in
traceback) cat >&2 <<'E'
Traceback (most recent call last):
  File "/mnt/projects/src/train.py", line 412, in <module>
    main(parse_args())
  File "/mnt/projects/src/train.py", line 371, in main
    batch = next(loader)
  File "/mnt/projects/src/data/shards.py", line 88, in __next__
    raise KeyError(f"shard {self.index} has no field 'labels'")
KeyError: "shard 17 has no field 'labels'"
E
exit 1;;
cudaoom) cat >&2 <<'E'
Traceback (most recent call last):
  File "/mnt/projects/src/train.py", line 229, in training_step
    loss.backward()
  File "/opt/venv/lib/python3.11/site-packages/torch/_tensor.py", line 522, in backward
    torch.autograd.backward(
torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.50 GiB. GPU 0 has a total capacity of 79.11 GiB of which 1.12 GiB is free. Including non-PyTorch memory, this process has 77.97 GiB memory in use.
E
exit 1;;
nccl) cat >&2 <<'E'
[rank3]:[E1121 10:11:12.334 ProcessGroupNCCL.cpp:616] [Rank 3] Watchdog caught collective operation timeout: WorkNCCL(SeqNum=8812, OpType=ALLREDUCE, Timeout(ms)=600000) ran for 600048 milliseconds before timing out.
terminate called after throwing an instance of 'c10::DistBackendError'
E
exit 134;;
requeue) [ "${SLURM_RESTART_COUNT:-0}" -ge 1 ] || { echo "preflight check failed, asking to be requeued"; exit 75; };;
segv) kill -SEGV $$;;
hostoom) echo "loading dataset into memory"; head -c 600M /dev/zero | tail > /dev/null;;
esac
echo "[$(date '+%F %T')] done, final loss 1.$((RANDOM % 9999))"
