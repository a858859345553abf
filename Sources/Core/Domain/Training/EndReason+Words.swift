/// The texts of a reason: what happened and what to do, in English and Chinese.
struct EndReasonWords: Sendable {
  let message: String
  let hint: String
  let messageZh: String
  let hintZh: String

  init(_ message: String, _ hint: String, _ messageZh: String, _ hintZh: String) {
    self.message = message
    self.hint = hint
    self.messageZh = messageZh
    self.hintZh = hintZh
  }
}

extension EndReason {
  var words: EndReasonWords {
    switch self {
    case .outOfMemoryGPU:
      EndReasonWords(
        "The GPU ran out of memory.",
        "Lower the batch size or the cut-off length, raise gradient accumulation, or use 4-bit quantization.",
        "显存不足。",
        "请减小批大小或截断长度，增大梯度累积步数，或使用 4 位量化。")
    case .outOfMemoryHost:
      EndReasonWords(
        "The host ran out of memory and stopped the training.",
        "Choose a smaller base model or batch, fewer preprocessing workers, or a host with more memory.",
        "主机内存不足，训练被系统终止。",
        "请选用更小的基础模型或批大小，减少预处理进程，或换内存更大的主机。")
    case .diskFull:
      EndReasonWords(
        "The disk of the host is full.",
        "Delete old models or checkpoints on the host, keep fewer checkpoints, then retry.",
        "主机磁盘已满。",
        "请删除主机上的旧模型或检查点，减少保留的检查点数量，然后重试。")
    case .deviceFailed:
      EndReasonWords(
        "The GPU or its driver reported an error.",
        "Check `nvidia-smi` on the host; if it fails, the driver or the card needs attention. Otherwise retry.",
        "GPU 或驱动报告错误。",
        "请在主机上运行 `nvidia-smi` 检查；若失败需处理驱动或显卡，否则可重试。")
    case .badDataset:
      EndReasonWords(
        "The dataset could not be used for this kind of training.",
        "Open the dataset's page for the rows with problems, and check that its format fits the stage.",
        "数据集无法用于这种训练。",
        "请在数据集页面查看有问题的行，并确认其格式与训练阶段相符。")
    case .missingDataset:
      EndReasonWords(
        "The dataset was not found on the host.",
        "Upload the dataset again, then submit the task again.",
        "主机上找不到数据集。",
        "请重新上传数据集，然后重新提交训练。")
    case .missingModel:
      EndReasonWords(
        "The base model was not found.",
        "Check the model's name or path; a folder must exist on the host where the task runs.",
        "找不到基础模型。",
        "请检查模型名称或路径；文件夹必须存在于运行训练的主机上。")
    case .brokenModel:
      EndReasonWords(
        "The base model's files could not be loaded.",
        "Files may be missing or cut short: copy or download the model again.",
        "基础模型文件无法加载。",
        "文件可能缺失或不完整，请重新复制或下载模型。")
    case .badTemplate:
      EndReasonWords(
        "The chat template does not exist or does not fit the model.",
        "Leave the template empty to have it chosen from the base model, or pick one from the list.",
        "对话模板不存在或与模型不符。",
        "请将模板留空以便自动选择，或从列表中选择。")
    case .hubOffline:
      EndReasonWords(
        "The model hub could not be reached from the host.",
        "Check the host's network, or give the path of a model folder that is already on the host.",
        "主机无法连接模型仓库。",
        "请检查主机网络，或填写主机上已有的模型文件夹路径。")
    case .hubGated:
      EndReasonWords(
        "The model hub refused access to this model.",
        "Accept the model's licence on the hub and set a hub token on the host, or use a local folder.",
        "模型仓库拒绝访问该模型。",
        "请在模型仓库接受许可并在主机上设置访问令牌，或使用本地文件夹。")
    case .badArguments:
      EndReasonWords(
        "The trainer refused one of the arguments.",
        "Read the last lines of the log; it names the argument. Change it and submit again.",
        "训练程序拒绝了某个参数。",
        "请查看日志最后几行，其中写明了参数名；修改后重新提交。")
    case .outputNotEmpty:
      EndReasonWords(
        "The output folder already holds a model.",
        "Submit a new task, or retry with `overwrite_output_dir`.",
        "输出文件夹中已有模型。",
        "请提交新训练，或使用 `overwrite_output_dir` 重试。")
    case .missingCheckpoint:
      EndReasonWords(
        "There is no checkpoint to resume from.",
        "Start the task from the beginning, and save checkpoints more often.",
        "没有可以恢复的检查点。",
        "请从头开始训练，并提高保存检查点的频率。")
    case .notInstalled:
      EndReasonWords(
        "LLaMA-Factory was not found on the host.",
        "Install it there (`scripts/install-trainer`), or set LLAMAFACTORY_CLI_PATH to where it is.",
        "主机上找不到 LLaMA-Factory。",
        "请在主机上安装（`scripts/install-trainer`），或用 LLAMAFACTORY_CLI_PATH 指明其位置。")
    case .trainerBroken:
      EndReasonWords(
        "LLaMA-Factory is installed on the host but does not start.",
        "Its packages do not fit together: run `scripts/install-trainer` again to repair them.",
        "主机上的 LLaMA-Factory 已安装但无法启动。",
        "其依赖包互不兼容：请再次运行 `scripts/install-trainer` 修复。")
    case .missingPackage:
      EndReasonWords(
        "An option of this task needs a Python package that the host lacks.",
        "The log's last lines name the package: install it in the trainer's environment, or drop the option.",
        "此训练的某个选项需要主机上未安装的 Python 包。",
        "日志最后几行写明了包名：请在训练环境中安装，或去掉该选项。")
    case .permissionDenied:
      EndReasonWords(
        "The trainer may not read or write a file it needs.",
        "Check the owner and mode of the folder that the log's last lines name.",
        "训练程序没有读写所需文件的权限。",
        "请检查日志最后几行所写文件夹的属主和权限。")
    case .diverged:
      EndReasonWords(
        "The training diverged: the loss is no longer a number, so the model is unusable.",
        "Lower the learning rate (for LoRA, 5e-5 to 1e-3), add warm-up steps, or use bf16 instead of fp16.",
        "训练发散：损失不再是有效数值，模型不可用。",
        "请降低学习率（LoRA 建议 5e-5 到 1e-3），增加预热步数，或用 bf16 代替 fp16。")
    case .cancelled:
      EndReasonWords(
        "You cancelled this training.",
        "Run it again from the beginning, or resume from its last checkpoint.",
        "您取消了这次训练。",
        "可以从头重新运行，或从最近的检查点继续。")
    case .timeLimit:
      EndReasonWords(
        "The task reached its time limit.",
        "Resume it from its last checkpoint, or give it more time.",
        "训练达到时间上限。",
        "请从最近的检查点恢复，或延长时间上限。")
    case .killedBySignal:
      EndReasonWords(
        "The trainer was killed by a signal from outside.",
        "Someone or something on the host stopped the process; if it was not meant, retry.",
        "训练进程被外部信号终止。",
        "主机上有人或程序停止了该进程；若非有意，请重试。")
    case .launchFailed:
      EndReasonWords(
        "The trainer could not be started on the host.",
        "Check that the host is reachable and its work folder is writable, then retry.",
        "无法在主机上启动训练程序。",
        "请确认主机可达且工作目录可写，然后重试。")
    case .hostRebooted:
      EndReasonWords(
        "The host was restarted while the task ran.",
        "Retry the task, or resume it from its last checkpoint.",
        "训练运行期间主机重启。",
        "请重试训练，或从最近的检查点恢复。")
    case .preempted:
      EndReasonWords(
        "The cluster gave the job's nodes to one of higher priority.",
        "It is tried again by itself, from the last checkpoint; a QOS or partition that is not preempted avoids it.",
        "集群将该作业的节点让给了优先级更高的作业。",
        "会从最近的检查点自动重试；选择不会被抢占的 QOS 或分区可以避免。")
    case .requeued:
      EndReasonWords(
        "An administrator of the cluster sent the job back into the queue.",
        "It is tried again by itself, from the last checkpoint.",
        "集群管理员将该作业重新排队。",
        "会从最近的检查点自动重试。")
    case .nodeFailed:
      EndReasonWords(
        "A node of the cluster failed while the job ran on it.",
        "It is tried again by itself, from the last checkpoint; if it stays so, tell the cluster's administrator.",
        "作业运行期间集群节点发生故障。",
        "会从最近的检查点自动重试；若反复出现请告知集群管理员。")
    case .clusterMemory:
      EndReasonWords(
        "The job used more memory than it had asked Slurm for.",
        "Ask for more memory on each node, or choose a smaller batch or fewer preprocessing workers, then retry.",
        "作业使用的内存超过了向 Slurm 申请的内存。",
        "请提高每个节点的内存申请，或减小批大小、减少预处理进程，然后重试。")
    case .clusterCancelled:
      EndReasonWords(
        "Somebody ended the job in the cluster, not through Luthier.",
        "Ask who may use scancel there; retry the task, or resume it from its last checkpoint.",
        "有人在集群中直接终止了该作业，而不是通过 Luthier。",
        "请询问谁在集群上使用了 scancel；可重试，或从最近的检查点恢复。")
    case .clusterDeadline:
      EndReasonWords(
        "The job reached the deadline that the cluster has for it.",
        "Ask the cluster's administrator about it, then resume the task from its last checkpoint.",
        "作业达到了集群规定的截止时间。",
        "请向集群管理员了解，然后从最近的检查点恢复。")
    case .clusterRefused:
      EndReasonWords(
        "Slurm did not take the job.",
        "Its own words say what it does not give; change partition, account, QOS, GPUs or the time, submit again.",
        "Slurm 未接受该作业。",
        "其原文说明了不予满足的要求；请修改分区、账户、QOS、GPU 或时间后重新提交。")
    case .lost:
      EndReasonWords(
        "The trainer is gone from the host and left no record of its end.",
        "Retry the task, or resume it from its last checkpoint.",
        "训练进程已从主机上消失，且没有留下结束记录。",
        "请重试训练，或从最近的检查点恢复。")
    case .unknown:
      EndReasonWords(
        "The trainer failed for a reason that is not known here.",
        "Read the last lines of the log; they hold the trainer's own words.",
        "训练失败，原因未能识别。",
        "请查看日志最后几行，其中有训练程序的原始信息。")
    }
  }
}
