// Written by scripts/page-types from the server's OpenAPI document. Do not change it by hand.

export interface AccountListReply {
  readonly everyone: QuotaFields;
  readonly registration_open: boolean;
  readonly users: readonly AccountReply[];
}

export interface AccountRemovalReply {
  readonly freed: HoldingsReply;
  readonly message: string;
}

export interface AccountReply {
  readonly created_at: string;
  readonly disabled: boolean;
  readonly email: string;
  readonly holds: HoldingsReply;
  readonly quota: QuotaFields;
  readonly role: UserRole;
  readonly user_id: string;
  readonly username: string;
}

export interface AddModelRequest {
  readonly base_model_path?: string | null | undefined;
  readonly engine?: ModelEngineChoice | null | undefined;
  readonly host_id?: string | null | undefined;
  /** At least 1 characters, at most 1024 characters. */
  readonly model_path: string;
  /** At most 100 characters. */
  readonly name?: string | null | undefined;
  readonly template?: string | null | undefined;
}

export interface AddedDocumentReply {
  readonly document: DocumentReply;
  readonly is_new: boolean;
  readonly message: string;
}

export interface AnsweringBackend {
  readonly api_key?: string | null | undefined;
  readonly kind: AnsweringKind;
  readonly model?: string | null | undefined;
  readonly url?: string | null | undefined;
}

export type AnsweringKind = "compatible" | "mock";

export interface ArchiveEvent {
  readonly archive?: ModelArchiveReply | null | undefined;
  readonly code?: string | null | undefined;
  readonly done?: number | null | undefined;
  readonly hint?: string | null | undefined;
  readonly problem?: string | null | undefined;
  readonly total?: number | null | undefined;
}

export interface AssignedGPUReply {
  readonly index: number;
  readonly uuid: string;
}

export interface AttemptReply {
  readonly created_at: string;
  readonly ended_at?: string | null | undefined;
  readonly exit_code?: number | null | undefined;
  readonly gpus: readonly AssignedGPUReply[];
  readonly number: number;
  readonly reason?: string | null | undefined;
  readonly resumed: boolean;
  readonly signal?: number | null | undefined;
  readonly started_at?: string | null | undefined;
  readonly status: TaskStatus;
}

export interface BeginUploadRequest {
  /** At least 1 characters, at most 200 characters. */
  readonly filename: string;
  /** At least 1. */
  readonly size: number;
}

export interface ChangeHostRequest {
  /** At most 255 characters. */
  readonly address?: string | null | undefined;
  readonly conda_env?: string | null | undefined;
  readonly jump_host?: string | null | undefined;
  readonly key_path?: string | null | undefined;
  readonly llamafactory_path?: string | null | undefined;
  /** At most 64 characters. */
  readonly name?: string | null | undefined;
  /** At most 1024 characters. */
  readonly passphrase?: string | null | undefined;
  /** At most 1024 characters. */
  readonly password?: string | null | undefined;
  /** At least 1, at most 65535. */
  readonly port?: number | null | undefined;
  /** At most 16384 characters. */
  readonly private_key?: string | null | undefined;
  /** At least 1, at most 64. */
  readonly slots?: number | null | undefined;
  readonly slurm?: SlurmSettings | null | undefined;
  /** At most 255 characters. */
  readonly user?: string | null | undefined;
  readonly user_data_dir?: string | null | undefined;
  readonly venv?: string | null | undefined;
  readonly work_dir?: string | null | undefined;
}

export interface ChangeIndexRequest {
  readonly embed_api_key?: string | null | undefined;
  readonly embed_backend?: string | null | undefined;
  readonly embed_model?: string | null | undefined;
  readonly next_vectors?: NextVectorsChange | null | undefined;
  readonly rerank_api_key?: string | null | undefined;
  readonly rerank_backend?: string | null | undefined;
  readonly rerank_model?: string | null | undefined;
}

export interface ChangeModelRequest {
  readonly engine?: ModelEngineChoice | null | undefined;
  readonly name?: string | null | undefined;
}

export interface ChangePasswordRequest {
  readonly current_password: string;
  readonly new_password: string;
}

export interface ChangePresetRequest {
  readonly model?: string | null | undefined;
  readonly name?: string | null | undefined;
  readonly settings?: ChatSettingsBody | null | undefined;
}

export interface ChangeTaskRequest {
  /** At least -10, at most 10. */
  readonly priority: number;
}

export interface ChangeUserRequest {
  readonly disabled?: boolean | null | undefined;
  readonly quota?: QuotaFields | null | undefined;
  readonly role?: UserRole | null | undefined;
}

export interface ChatCompletionReply {
  readonly content: string;
  readonly role: ChatRole;
  readonly sources?: readonly SourceReply[] | null | undefined;
}

export interface ChatCompletionRequest {
  readonly base_model_path?: string | null | undefined;
  readonly index?: string | null | undefined;
  readonly index_top_k?: number | null | undefined;
  /** At least 1, at most 32768, 2048 when absent. */
  readonly max_tokens?: number | null | undefined;
  /** At least 1 entries, at most 1000 entries. */
  readonly messages: readonly ChatMessage[];
  /** At least 1 characters, at most 1024 characters. */
  readonly model_path: string;
  /** At least 0, at most 2, 0.7 when absent. */
  readonly temperature?: number | null | undefined;
}

export interface ChatConfigReply {
  readonly current_model_type: string;
  readonly custom_api_key?: string | null | undefined;
  readonly custom_api_url?: string | null | undefined;
  readonly custom_model?: string | null | undefined;
  readonly llm_api_key: string;
  readonly llm_api_url: string;
  readonly llm_model: string;
  readonly max_tokens: number;
  readonly preset_models: readonly PresetReply[];
}

export interface ChatConfigRequest {
  /** At most 4096 characters. */
  readonly custom_api_key?: string | null | undefined;
  /** At most 2048 characters. */
  readonly custom_api_url?: string | null | undefined;
  readonly custom_model?: string | null | undefined;
  /** At least 1, at most 32768, 2000 when absent. */
  readonly max_tokens?: number | null | undefined;
  readonly model?: string | null | undefined;
  readonly model_type?: string | null | undefined;
  readonly user_id?: string | null | undefined;
}

export interface ChatMessage {
  readonly content: string;
  readonly role: ChatRole;
}

export type ChatRole = "user" | "assistant" | "system";

export interface ChatSettingsBody {
  readonly max_tokens?: number | null | undefined;
  readonly seed?: number | null | undefined;
  readonly system_prompt?: string | null | undefined;
  readonly temperature?: number | null | undefined;
  readonly top_k?: number | null | undefined;
  readonly top_p?: number | null | undefined;
}

export interface ChatStreamEvent {
  readonly chunk?: string | null | undefined;
  readonly cited?: readonly number[] | null | undefined;
  readonly done?: boolean | null | undefined;
  readonly error?: string | null | undefined;
  readonly sources?: readonly SourceReply[] | null | undefined;
  readonly token?: string | null | undefined;
}

export interface CheckpointReply {
  readonly modified: string;
  readonly name: string;
  readonly size: number;
  readonly step: number;
}

export interface ClearChatRequest {
  readonly session_id?: string | null | undefined;
}

export interface ComparedReply {
  readonly content: string;
  readonly history?: readonly ChatMessage[] | null | undefined;
  readonly model: string;
}

export interface ComparisonListReply {
  readonly comparisons: readonly ComparisonReply[];
  readonly models: readonly ModelScoreReply[];
  readonly next?: string | null | undefined;
}

export interface ComparisonReply {
  readonly blind: boolean;
  readonly comparison_id: string;
  readonly created_at: string;
  readonly prompt: string;
  readonly replies: readonly ComparedReply[];
  readonly settings?: ChatSettingsBody | null | undefined;
  readonly verdict: ComparisonVerdict;
  readonly winner?: number | null | undefined;
}

export interface ComparisonRequest {
  readonly blind?: boolean | null | undefined;
  readonly prompt: string;
  readonly replies: readonly ComparedReply[];
  readonly settings?: ChatSettingsBody | null | undefined;
  readonly verdict: ComparisonVerdict;
  readonly winner?: number | null | undefined;
}

export type ComparisonVerdict = "best" | "tie" | "none";

export interface ConversationListReply {
  readonly conversations: readonly ConversationReply[];
  readonly next?: string | null | undefined;
}

export interface ConversationReply {
  readonly archived: boolean;
  readonly created_at: string;
  readonly index?: string | null | undefined;
  readonly index_top_k?: number | null | undefined;
  readonly message_count: number;
  readonly pinned: boolean;
  readonly session_id: string;
  readonly settings?: ChatSettingsBody | null | undefined;
  readonly tags: readonly string[];
  readonly title: string;
  readonly updated_at: string;
}

export interface ConversationSearchReply {
  readonly results: readonly ConversationSearchReplyResult[];
}

export interface ConversationSearchReplyResult {
  readonly created_at: string;
  readonly excerpt: string;
  readonly message_id: string;
  readonly role: ChatRole;
  readonly session_id: string;
  readonly title: string;
}

export interface CreateConversationReply {
  readonly message: string;
  readonly session_id: string;
}

export interface CreateIndexRequest {
  readonly embed_api_key?: string | null | undefined;
  readonly embed_backend?: string | null | undefined;
  readonly embed_model?: string | null | undefined;
  readonly name: string;
  readonly rerank_api_key?: string | null | undefined;
  readonly rerank_backend?: string | null | undefined;
  readonly rerank_model?: string | null | undefined;
}

export interface CreateKeyRequest {
  /** At least 1 characters, at most 64 characters. */
  readonly name: string;
  readonly requests_per_minute?: number | null | undefined;
  readonly tokens_per_day?: number | null | undefined;
}

export interface CreatePresetRequest {
  readonly model?: string | null | undefined;
  readonly name: string;
  readonly settings?: ChatSettingsBody | null | undefined;
}

export interface CreateTaskReply {
  readonly message: string;
  readonly status: TaskStatus;
  readonly task_id: string;
}

export interface CreateTaskRequest {
  readonly arguments?: { readonly [key: string]: unknown } | null | undefined;
  /** At least 1, at most 4096, 4 when absent. */
  readonly batch_size?: number | null | undefined;
  /** At least 1 characters, at most 4096 characters. */
  readonly dataset_path: string;
  /** More than 0, at most 10000, 3 when absent. */
  readonly epochs?: number | null | undefined;
  /** At most 64 entries. */
  readonly gpu_ids?: readonly number[] | null | undefined;
  /** At least 0, at most 64. */
  readonly gpus?: number | null | undefined;
  readonly host_id?: string | null | undefined;
  /** More than 0, at most 1, 5e-05 when absent. */
  readonly learning_rate?: number | null | undefined;
  /** At least 1 characters, at most 1024 characters. */
  readonly model_name: string;
  /** At least 1 characters, at most 100 characters. */
  readonly name: string;
  readonly output_dir?: string | null | undefined;
  /** At least -10, at most 10, 0 when absent. */
  readonly priority?: number | null | undefined;
  readonly slurm?: SlurmSettings | null | undefined;
  readonly template?: string | null | undefined;
}

export interface CreateUserRequest {
  readonly email: string;
  readonly password: string;
  readonly role?: UserRole | null | undefined;
  readonly username: string;
}

export interface DatasetDetailReply {
  readonly columns: readonly string[];
  readonly dataset: DatasetReply;
  readonly lengths?: DatasetLengthsReply | null | undefined;
  readonly preview: readonly string[];
  readonly problems: readonly DatasetDetailReplyProblem[];
  readonly used_by: readonly string[];
}

export interface DatasetDetailReplyProblem {
  readonly code: string;
  readonly column: number;
  readonly hint: string;
  readonly line: number;
  readonly message: string;
  readonly row?: number | null | undefined;
}

export interface DatasetLengthsReply {
  readonly characters: LengthReply;
  readonly tokens: LengthReply;
}

export interface DatasetListReply {
  readonly files: readonly DatasetReply[];
}

export interface DatasetReply {
  readonly content_hash: string;
  readonly created_at: string;
  readonly file_id: string;
  readonly file_path: string;
  readonly filename: string;
  readonly format: string;
  readonly name: string;
  readonly problem_count: number;
  readonly rows: number;
  readonly size: number;
  readonly version: number;
}

export interface DatasetStatsReply {
  readonly answers?: LengthReply | null | undefined;
  readonly characters?: LengthReply | null | undefined;
  readonly columns: readonly DatasetStatsReplyColumn[];
  readonly duplicates: number;
  readonly roles: { readonly [key: string]: number };
  readonly rows: number;
  readonly scripts: { readonly [key: string]: number };
  readonly tokens?: LengthReply | null | undefined;
  readonly turns?: LengthReply | null | undefined;
}

export interface DatasetStatsReplyColumn {
  readonly empty: number;
  readonly name: string;
  readonly rows: number;
}

export interface DatasetUploadReply {
  readonly dataset: DatasetReply;
  readonly file_id: string;
  readonly file_path: string;
  readonly filename: string;
  readonly message: string;
  readonly size: number;
}

export interface DatasetVersionsReply {
  readonly versions: readonly DatasetVersionsReplyVersion[];
}

export interface DatasetVersionsReplyUse {
  readonly name: string;
  readonly status: TaskStatus;
  readonly task_id: string;
}

export interface DatasetVersionsReplyVersion {
  readonly dataset: DatasetReply;
  readonly tasks: readonly DatasetVersionsReplyUse[];
}

export interface DeletedModelReply {
  readonly freed: number;
  readonly message: string;
}

export interface DoctorReply {
  readonly checks: readonly DoctorReplyCheck[];
  readonly healthy: boolean;
}

export interface DoctorReplyCheck {
  readonly cure?: string | null | undefined;
  readonly message: string;
  readonly name: string;
  readonly outcome: DoctorReplyOutcome;
}

export type DoctorReplyOutcome = "passed" | "warning" | "failed";

export interface DocumentDetailReply {
  readonly document: DocumentReply;
  readonly next?: number | null | undefined;
  readonly passages: readonly PassageReply[];
}

export type DocumentKind = "plain" | "markdown" | "html" | "code" | "pdf" | "word";

export interface DocumentListReply {
  readonly documents: readonly DocumentReply[];
  readonly failed: readonly FailedDocumentReply[];
}

export interface DocumentReply {
  readonly content_hash: string;
  readonly created_at: string;
  readonly document_id: string;
  readonly index_id: string;
  readonly kind: DocumentKind;
  readonly name: string;
  readonly passages: number;
  readonly refusal?: string | null | undefined;
  readonly refused?: number | null | undefined;
  readonly size: number;
}

export interface ErrorEnvelope {
  readonly code: string;
  readonly error: string;
  readonly fields?: readonly ErrorEnvelopeFieldError[] | null | undefined;
  readonly hint?: string | null | undefined;
  readonly origin: string;
  readonly request_id?: string | null | undefined;
}

export interface ErrorEnvelopeFieldError {
  readonly field: string;
  readonly hint?: string | null | undefined;
  readonly message: string;
}

export interface EventReply {
  readonly at: string;
  readonly fields: { readonly [key: string]: unknown };
  readonly kind: string;
  readonly sequence: number;
  readonly subject: string;
}

export interface FailedDocumentReply {
  readonly can_retry: boolean;
  readonly code: string;
  readonly document_id: string;
  readonly error: string;
  readonly hint?: string | null | undefined;
  readonly index_id: string;
  readonly kind: DocumentKind;
  readonly name: string;
  readonly size: number;
  readonly tried_at: string;
}

export interface FoundModelListReply {
  readonly models: readonly FoundModelReply[];
}

export interface FoundModelReply {
  readonly base_model_path?: string | null | undefined;
  readonly kind: ModelKind;
  readonly model_type?: string | null | undefined;
  readonly modified_at: string;
  readonly path: string;
  readonly size: number;
  readonly template: string;
}

export interface GPUProcessReply {
  readonly memory?: number | null | undefined;
  readonly name?: string | null | undefined;
  readonly owner: GPUProcessReplyOwner;
  readonly pid: number;
  readonly user?: string | null | undefined;
}

export type GPUProcessReplyOwner = "ours" | "stranger" | "unknown";

export interface GPUReply {
  readonly compute_mode?: string | null | undefined;
  readonly index: number;
  readonly memory_total: number;
  readonly memory_used: number;
  readonly name: string;
  readonly partitioned: boolean;
  readonly power?: number | null | undefined;
  readonly processes: readonly GPUProcessReply[];
  readonly temperature?: number | null | undefined;
  readonly utilization?: number | null | undefined;
  readonly uuid: string;
}

export interface GPUSampleReply {
  readonly memory_used_bytes: number;
  readonly seconds: number;
  readonly utilization?: number | null | undefined;
}

export interface GenerateRequest {
  readonly backend?: AnsweringBackend | null | undefined;
  readonly index?: string | null | undefined;
  readonly index_top_k?: number | null | undefined;
  /** At least 1, at most 32768. */
  readonly max_tokens?: number | null | undefined;
  readonly messages?: readonly ChatMessage[] | null | undefined;
  readonly model?: string | null | undefined;
  readonly prompt?: string | null | undefined;
  readonly seed?: number | null | undefined;
  readonly session_id?: string | null | undefined;
  /** At least 0, at most 2. */
  readonly temperature?: number | null | undefined;
  /** At least 1, at most 1000. */
  readonly top_k?: number | null | undefined;
  /** More than 0, at most 1. */
  readonly top_p?: number | null | undefined;
  readonly user_id?: string | null | undefined;
}

export interface HealthReply {
  readonly database: string;
  readonly status: string;
  readonly uptime_seconds: number;
  readonly version: string;
}

export interface HistoryReply {
  readonly messages: readonly MessageReplyEntry[];
  readonly session_id: string;
}

export interface HoldingsReply {
  readonly datasets: number;
  readonly models: number;
  readonly storage_bytes: number;
  readonly tasks: number;
  readonly unfinished_tasks: number;
}

export type HostKind = "local" | "ssh" | "slurm";

export interface HostListReply {
  readonly hosts: readonly HostReply[];
  readonly next?: string | null | undefined;
}

export type HostLogin = "system" | "key_file" | "private_key" | "password" | "lost";

export interface HostReply {
  readonly address?: string | null | undefined;
  readonly editable: boolean;
  readonly fingerprints: readonly string[];
  readonly hint?: string | null | undefined;
  readonly host_id: string;
  readonly hostname?: string | null | undefined;
  readonly kind: HostKind;
  readonly last_contact?: string | null | undefined;
  readonly llamafactory?: string | null | undefined;
  readonly load?: LoadReply | null | undefined;
  readonly name: string;
  readonly offered_fingerprint?: string | null | undefined;
  readonly problem?: string | null | undefined;
  readonly python?: string | null | undefined;
  readonly reachable: boolean;
  readonly settings?: HostSettingsReply | null | undefined;
  readonly slots: number;
  readonly slots_in_use: number;
  readonly slurm?: SlurmSettings | null | undefined;
  readonly state: HostState;
  readonly torch?: string | null | undefined;
}

export interface HostRequest {
  /** At most 255 characters. */
  readonly address: string;
  readonly conda_env?: string | null | undefined;
  readonly fingerprint?: string | null | undefined;
  readonly jump_host?: string | null | undefined;
  readonly key_path?: string | null | undefined;
  readonly kind?: HostKind | null | undefined;
  readonly llamafactory_path?: string | null | undefined;
  /** At most 64 characters. */
  readonly name?: string | null | undefined;
  /** At most 1024 characters. */
  readonly passphrase?: string | null | undefined;
  /** At most 1024 characters. */
  readonly password?: string | null | undefined;
  /** At least 1, at most 65535. */
  readonly port?: number | null | undefined;
  /** At most 16384 characters. */
  readonly private_key?: string | null | undefined;
  /** At least 1, at most 64. */
  readonly slots?: number | null | undefined;
  readonly slurm?: SlurmSettings | null | undefined;
  /** At most 255 characters. */
  readonly user?: string | null | undefined;
  readonly user_data_dir?: string | null | undefined;
  readonly venv?: string | null | undefined;
  readonly work_dir?: string | null | undefined;
}

export interface HostSettingsReply {
  readonly authentication: HostLogin;
  readonly conda_env?: string | null | undefined;
  readonly created_at?: string | null | undefined;
  readonly created_by?: string | null | undefined;
  readonly jump_host?: string | null | undefined;
  readonly llamafactory_path?: string | null | undefined;
  readonly port?: number | null | undefined;
  readonly slurm?: SlurmSettings | null | undefined;
  readonly user?: string | null | undefined;
  readonly user_data_dir: string;
  readonly venv?: string | null | undefined;
  readonly work_dir?: string | null | undefined;
}

export interface HostSetupLogReply {
  readonly logs: string;
  readonly next_offset: number;
  readonly offset: number;
  readonly size: number;
}

export interface HostSetupReply {
  readonly code?: string | null | undefined;
  readonly done?: number | null | undefined;
  readonly ended_at?: string | null | undefined;
  readonly hint?: string | null | undefined;
  readonly log_size: number;
  readonly phase?: string | null | undefined;
  readonly problem?: string | null | undefined;
  readonly started_at?: string | null | undefined;
  readonly state: HostSetupState;
  readonly step?: number | null | undefined;
  readonly steps?: number | null | undefined;
  readonly total?: number | null | undefined;
}

export type HostSetupState = "never" | "running" | "completed" | "failed" | "stopped" | "lost";

export type HostState = "connecting" | "connected" | "unreachable" | "refused";

export interface HostTrialReply {
  readonly connected: boolean;
  readonly fingerprints: readonly string[];
  readonly hint?: string | null | undefined;
  readonly hostname?: string | null | undefined;
  readonly problem?: string | null | undefined;
  readonly python?: string | null | undefined;
  readonly slurm?: string | null | undefined;
  readonly slurm_hint?: string | null | undefined;
  readonly slurm_problem?: string | null | undefined;
  readonly system?: string | null | undefined;
  readonly trainer?: string | null | undefined;
  readonly trainer_problem?: string | null | undefined;
}

export interface ImportReply {
  readonly imported: number;
  readonly message: string;
  readonly skipped: number;
}

export interface IndexListReply {
  readonly indexes: readonly IndexReply[];
}

export interface IndexReply {
  readonly created_at: string;
  readonly documents: number;
  readonly failed: number;
  readonly index_id: string;
  readonly name: string;
  readonly next_vectors?: NextVectorsReply | null | undefined;
  readonly passages: number;
  readonly reranker?: IndexRerankerReply | null | undefined;
  readonly size: number;
  readonly vectors?: IndexVectorsReply | null | undefined;
}

export interface IndexRerankerReply {
  readonly backend: string;
  readonly model: string;
}

export interface IndexVectorsReply {
  readonly backend: string;
  readonly dimensions?: number | null | undefined;
  readonly embedded: number;
  readonly model: string;
  readonly problem?: string | null | undefined;
  readonly refused?: number | null | undefined;
}

export interface KeyListReply {
  readonly keys: readonly KeyReply[];
}

export interface KeyReply {
  readonly created_at: string;
  readonly key?: string | null | undefined;
  readonly key_id: string;
  readonly last_used_at?: string | null | undefined;
  readonly name: string;
  readonly prefix: string;
  readonly requests_per_minute?: number | null | undefined;
  readonly tokens_per_day?: number | null | undefined;
}

export interface LengthReply {
  readonly bins: readonly LengthReplyBin[];
  readonly maximum: number;
  readonly minimum: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly total: number;
}

export interface LengthReplyBin {
  readonly below: number;
  readonly from: number;
  readonly rows: number;
}

export interface LineageReply {
  readonly attempt: number;
  readonly dataset_hashes: readonly string[];
  readonly task_id: string;
}

export type ListedModelKind = "base" | "adapter" | "merged" | "full" | "file";

export interface ListedModelReply {
  readonly base?: string | null | undefined;
  readonly checkpoints?: readonly CheckpointReply[] | null | undefined;
  readonly error?: string | null | undefined;
  readonly frees?: number | null | undefined;
  readonly gone_at?: string | null | undefined;
  readonly group: string;
  readonly host?: string | null | undefined;
  readonly kind?: ListedModelKind | null | undefined;
  readonly lineage?: LineageReply | null | undefined;
  readonly merged_from?: string | null | undefined;
  readonly model_id?: string | null | undefined;
  readonly modified: string;
  readonly name: string;
  readonly size: number;
  readonly stage?: string | null | undefined;
  readonly status: LoadStatus;
  readonly type: ListedModelType;
}

export type ListedModelType = "pretrained" | "sft" | "rl" | "external";

export interface ListedModelsReply {
  readonly models: readonly ListedModelReply[];
}

export type LoadPhase = "waiting" | "starting" | "weights" | "preparing";

export interface LoadReply {
  readonly cpu_percent?: number | null | undefined;
  readonly disk_free: number;
  readonly disk_total: number;
  readonly gpu_age?: number | null | undefined;
  readonly gpu_note?: string | null | undefined;
  readonly gpu_unreadable: boolean;
  readonly gpus: readonly GPUReply[];
  readonly load_average: number;
  readonly memory_available: number;
  readonly memory_total: number;
}

export type LoadStatus = "unloaded" | "loading" | "ready" | "failed";

export interface LoadStatusReply {
  readonly error?: string | null | undefined;
  readonly expected_seconds?: number | null | undefined;
  readonly name: string;
  readonly phase?: LoadPhase | null | undefined;
  readonly progress?: number | null | undefined;
  readonly queue?: QueueReply | null | undefined;
  readonly seconds?: number | null | undefined;
  readonly status: LoadStatus;
}

export interface LoginReply {
  readonly access_token: string;
  readonly expires_in: number;
  readonly token_type: string;
  readonly user: UserReply;
}

export interface LoginRequest {
  /** At least 1 characters, at most 256 characters. */
  readonly password: string;
  readonly remember_me?: boolean | null | undefined;
  /** At least 1 characters, at most 254 characters. */
  readonly username_or_email: string;
}

export interface LuthierReply {
  readonly sources: readonly SourceReply[];
}

export interface LuthierRequest {
  readonly index?: string | null | undefined;
  readonly top_k?: number | null | undefined;
}

export interface MergeEvent {
  readonly code?: string | null | undefined;
  readonly done?: number | null | undefined;
  readonly hint?: string | null | undefined;
  readonly model?: ModelReply | null | undefined;
  readonly phase?: MergePhase | null | undefined;
  readonly problem?: string | null | undefined;
  readonly total?: number | null | undefined;
}

export interface MergeModelRequest {
  readonly name?: string | null | undefined;
}

export type MergePhase = "hashing" | "waiting" | "merging" | "writing";

export interface MessageReply {
  readonly message: string;
}

export interface MessageReplyEntry {
  readonly content: string;
  readonly created_at: string;
  readonly failure?: ReplyFailureReply | null | undefined;
  readonly left_out?: number | null | undefined;
  readonly message_id: string;
  readonly model?: string | null | undefined;
  readonly parent_id?: string | null | undefined;
  readonly role: ChatRole;
  readonly sources?: readonly SourceReply[] | null | undefined;
  readonly status: MessageStatus;
  readonly versions: readonly string[];
}

export type MessageStatus = "complete" | "streaming" | "stopped" | "interrupted" | "failed";

export interface MetricReply {
  readonly elapsed_seconds?: number | null | undefined;
  readonly epoch?: number | null | undefined;
  readonly eval_loss?: number | null | undefined;
  readonly learning_rate?: number | null | undefined;
  readonly loss?: number | null | undefined;
  readonly remaining_seconds?: number | null | undefined;
  readonly step: number;
  readonly total_steps: number;
}

export interface ModelArchiveReply {
  readonly archived_at?: string | null | undefined;
  readonly done?: number | null | undefined;
  readonly files: readonly ModelFileReply[];
  readonly problem?: string | null | undefined;
  readonly size: number;
  readonly state: ModelArchiveState;
  readonly total?: number | null | undefined;
}

export type ModelArchiveState = "none" | "archiving" | "ready" | "failed";

export type ModelEngineChoice = "default" | "llamafactory" | "vllm";

export interface ModelFileListReply {
  readonly files: readonly ModelFileReply[];
}

export interface ModelFileReply {
  readonly modified_at: string;
  readonly name: string;
  readonly size: number;
}

export type ModelKind = "base" | "adapter" | "merged" | "full";

export interface ModelListReply {
  readonly models: readonly ModelReply[];
}

export interface ModelReply {
  readonly base_model_path?: string | null | undefined;
  readonly created_at: string;
  readonly engine: ModelEngineChoice;
  readonly frees?: number | null | undefined;
  readonly host_id: string;
  readonly kind: ModelKind;
  readonly merged_from?: string | null | undefined;
  readonly model_id: string;
  readonly model_path: string;
  readonly name: string;
  readonly size?: number | null | undefined;
  readonly task_id?: string | null | undefined;
  readonly template: string;
}

export interface ModelScanReply {
  readonly hosts: readonly ScannedHostReply[];
}

export interface ModelScoreReply {
  readonly compared: number;
  readonly losses: number;
  readonly model: string;
  readonly rejected: number;
  readonly ties: number;
  readonly wins: number;
}

export type NextVectorsChange = "pause" | "resume" | "stop";

export interface NextVectorsReply {
  readonly backend: string;
  readonly embedded: number;
  readonly model: string;
  readonly problem?: string | null | undefined;
  readonly state: NextVectorsState;
}

export type NextVectorsState = "making" | "paused";

export interface OpenAIChatReply {
  readonly choices: readonly OpenAIChatReplyChoice[];
  readonly created: number;
  readonly id: string;
  readonly luthier?: LuthierReply | null | undefined;
  readonly model: string;
  readonly object: string;
  readonly usage?: OpenAIChatReplyUsage | null | undefined;
}

export interface OpenAIChatReplyChoice {
  readonly delta?: OpenAIChatReplyDelta | null | undefined;
  readonly finish_reason?: string | null | undefined;
  readonly index: number;
  readonly message?: OpenAIChatReplyMessage | null | undefined;
}

export interface OpenAIChatReplyDelta {
  readonly content?: string | null | undefined;
  readonly role?: ChatRole | null | undefined;
}

export interface OpenAIChatReplyMessage {
  readonly content: string;
  readonly role: ChatRole;
}

export interface OpenAIChatReplyUsage {
  readonly completion_tokens: number;
  readonly prompt_tokens: number;
  readonly total_tokens: number;
}

export interface OpenAIErrorReply {
  readonly error: OpenAIErrorReplyContent;
}

export interface OpenAIErrorReplyContent {
  readonly code?: string | null | undefined;
  readonly message: string;
  readonly param?: string | null | undefined;
  readonly type: string;
}

export interface OpenAIModelList {
  readonly data: readonly OpenAIModelListModel[];
  readonly object: string;
}

export interface OpenAIModelListModel {
  readonly created: number;
  readonly id: string;
  readonly object: string;
  readonly owned_by: string;
  readonly parent?: string | null | undefined;
}

export type PassageCut = "of_its_document" | "beyond_top_k";

export interface PassageReply {
  readonly headings: readonly string[];
  readonly page?: number | null | undefined;
  readonly place: number;
  readonly text: string;
}

export interface PipelineListReply {
  readonly pipelines: readonly PipelineReply[];
}

export interface PipelinePlanReply {
  readonly description?: string | null | undefined;
  readonly name?: string | null | undefined;
  readonly problems: readonly PipelinePlanReplyProblem[];
  readonly steps: readonly PipelinePlanReplyStep[];
  readonly valid: boolean;
}

export interface PipelinePlanReplyProblem {
  readonly code: string;
  readonly hint?: string | null | undefined;
  readonly line: number;
  readonly message: string;
  readonly path: string;
}

export interface PipelinePlanReplyStep {
  readonly creates: readonly string[];
  readonly estimate?: TaskEstimateReply | null | undefined;
  readonly id: string;
  readonly inputs: { readonly [key: string]: readonly string[] };
  readonly kind: PipelineStepKind;
  readonly summary: string;
  readonly warnings: readonly string[];
}

export interface PipelineReply {
  readonly cancel_requested: boolean;
  readonly created_at: string;
  readonly description?: string | null | undefined;
  readonly ended_at?: string | null | undefined;
  readonly name: string;
  readonly pipeline_id: string;
  readonly status: PipelineStatus;
  readonly steps: readonly PipelineReplyStep[];
  readonly updated_at: string;
}

export interface PipelineReplyFailure {
  readonly code: string;
  readonly hint?: string | null | undefined;
  readonly message: string;
}

export type PipelineReplyForm = "dataset" | "model" | "index" | "text" | "number";

export interface PipelineReplyOutput {
  readonly form: PipelineReplyForm;
  readonly name: string;
  readonly value: string;
}

export interface PipelineReplyProgress {
  readonly percentage?: number | null | undefined;
  readonly phase: string;
  readonly remaining_seconds?: number | null | undefined;
}

export interface PipelineReplyStep {
  readonly attempt: number;
  readonly ended_at?: string | null | undefined;
  readonly failure?: PipelineReplyFailure | null | undefined;
  readonly id: string;
  readonly inputs: { readonly [key: string]: readonly string[] };
  readonly kind: PipelineStepKind;
  readonly outputs: { readonly [key: string]: PipelineReplyOutput };
  readonly progress?: PipelineReplyProgress | null | undefined;
  readonly started_at?: string | null | undefined;
  readonly status: PipelineStepStatus;
  readonly task_id?: string | null | undefined;
}

export interface PipelineRequest {
  readonly text: string;
}

export type PipelineStatus = "running" | "completed" | "failed" | "cancelled";

export type PipelineStepKind = "prepare" | "train" | "evaluate" | "merge" | "serve" | "index" | "notify";

export type PipelineStepStatus = "pending" | "running" | "completed" | "failed" | "cancelled";

export interface PrepareDatasetRequest {
  readonly convert?: PrepareDatasetRequestConvert | null | undefined;
  readonly dedupe?: PrepareDatasetRequestDedupe | null | undefined;
  readonly dry_run?: boolean | null | undefined;
  readonly filter?: PrepareDatasetRequestFilter | null | undefined;
  readonly name?: string | null | undefined;
  readonly sample?: PrepareDatasetRequestSample | null | undefined;
  readonly split?: PrepareDatasetRequestSplit | null | undefined;
}

export interface PrepareDatasetRequestConvert {
  readonly allow_loss?: boolean | null | undefined;
  readonly container?: PreparedContainer | null | undefined;
  readonly format?: PreparedFormat | null | undefined;
}

export interface PrepareDatasetRequestDedupe {
  readonly by?: readonly string[] | null | undefined;
  readonly similar?: number | null | undefined;
}

export interface PrepareDatasetRequestFilter {
  readonly empty_answers?: boolean | null | undefined;
  readonly field?: string | null | undefined;
  readonly invalid?: boolean | null | undefined;
  readonly matching?: string | null | undefined;
  readonly max_characters?: number | null | undefined;
  readonly max_tokens?: number | null | undefined;
  readonly min_characters?: number | null | undefined;
  readonly min_tokens?: number | null | undefined;
  readonly not_matching?: string | null | undefined;
  readonly scripts?: readonly string[] | null | undefined;
}

export interface PrepareDatasetRequestSample {
  readonly rows?: number | null | undefined;
  readonly seed?: number | null | undefined;
  readonly share?: number | null | undefined;
}

export interface PrepareDatasetRequestSplit {
  readonly eval?: number | null | undefined;
  readonly group?: string | null | undefined;
  readonly seed?: number | null | undefined;
  readonly stratify?: string | null | undefined;
  readonly test?: number | null | undefined;
}

export interface PrepareEvent {
  readonly code?: string | null | undefined;
  readonly done?: number | null | undefined;
  readonly hint?: string | null | undefined;
  readonly parts?: readonly PreparedPartReply[] | null | undefined;
  readonly pass?: number | null | undefined;
  readonly passes?: number | null | undefined;
  readonly problem?: string | null | undefined;
  readonly reasons?: readonly PreparedReasonReply[] | null | undefined;
  readonly rows_read?: number | null | undefined;
  readonly total?: number | null | undefined;
}

export type PreparedContainer = "json_array" | "jsonl" | "text";

export type PreparedFormat = "alpaca" | "sharegpt" | "openai_messages" | "pretraining";

export interface PreparedPartReply {
  readonly dataset?: DatasetReply | null | undefined;
  readonly filename: string;
  readonly part?: string | null | undefined;
  readonly rows: number;
}

export type PreparedReasonKind = "dropped" | "lost" | "changed";

export interface PreparedReasonReply {
  readonly code: string;
  readonly examples: readonly PreparedReasonReplyExample[];
  readonly kind: PreparedReasonKind;
  readonly message: string;
  readonly rows: number;
}

export interface PreparedReasonReplyExample {
  readonly line: number;
  readonly row: number;
  readonly text: string;
}

export interface PresetReply {
  readonly available: boolean;
  readonly id: string;
  readonly model: string;
  readonly name: string;
  readonly url?: string | null | undefined;
}

export interface ProgressReply {
  readonly elapsed_seconds?: number | null | undefined;
  readonly epoch?: number | null | undefined;
  readonly learning_rate?: number | null | undefined;
  readonly loss?: number | null | undefined;
  readonly percentage: number;
  readonly remaining_seconds?: number | null | undefined;
  readonly step: number;
  readonly total_steps: number;
}

export interface QueueReply {
  readonly ahead: number;
  readonly expected_seconds?: number | null | undefined;
  readonly message: string;
  readonly message_zh: string;
  readonly position: number;
  readonly reason: string;
}

export interface QuotaFields {
  readonly requests_per_minute?: number | null | undefined;
  readonly storage_bytes?: number | null | undefined;
  readonly tasks?: number | null | undefined;
  readonly tokens_per_day?: number | null | undefined;
}

export interface QuotaReply {
  readonly holds: HoldingsReply;
  readonly may: QuotaFields;
}

export interface ReasonReply {
  readonly code: string;
  readonly detail?: string | null | undefined;
  readonly hint: string;
  readonly hint_zh: string;
  readonly message: string;
  readonly message_zh: string;
}

export interface RegenerateRequest {
  readonly backend?: AnsweringBackend | null | undefined;
  readonly index?: string | null | undefined;
  readonly index_top_k?: number | null | undefined;
  /** At least 1, at most 32768. */
  readonly max_tokens?: number | null | undefined;
  readonly message_id?: string | null | undefined;
  readonly model?: string | null | undefined;
  readonly stream?: boolean | null | undefined;
  /** At least 0, at most 2. */
  readonly temperature?: number | null | undefined;
  readonly user_id?: string | null | undefined;
}

export interface RegisterReply {
  readonly message: string;
  readonly role: UserRole;
  readonly user_id: string;
  readonly username: string;
}

export interface RegisterRequest {
  /** At most 254 characters. */
  readonly email: string;
  /** At least 6 characters, at most 256 characters. */
  readonly password: string;
  /** At least 3 characters, at most 20 characters, matches ^[A-Za-z0-9_.\\-]+$. */
  readonly username: string;
}

export interface RelayChatRequest {
  readonly luthier?: LuthierRequest | null | undefined;
  readonly messages: readonly unknown[];
  readonly model: string;
  readonly stream?: boolean | null | undefined;
}

export interface RelayCompletionRequest {
  readonly model: string;
  readonly prompt?: unknown;
  readonly stream?: boolean | null | undefined;
}

export interface RelayEmbeddingRequest {
  readonly input: unknown;
  readonly model: string;
}

export interface RemoveAccountRequest {
  readonly password: string;
}

export interface RenderRowsRequest {
  readonly arguments?: { readonly [key: string]: unknown } | null | undefined;
  /** At least 1, at most 10, 3 when absent. */
  readonly count?: number | null | undefined;
  /** At least 1, 1 when absent. */
  readonly from?: number | null | undefined;
  readonly host_id?: string | null | undefined;
  /** At least 1 characters, at most 1024 characters. */
  readonly model_name: string;
  readonly template?: string | null | undefined;
}

export interface RenderedRow {
  readonly parts: readonly RenderedRowPart[];
  readonly problem?: string | null | undefined;
  readonly row: number;
}

export interface RenderedRowPart {
  readonly cut: number;
  readonly name: string;
  readonly segments: readonly RenderedRowSegment[];
  readonly tokens: number;
  readonly trained: number;
}

export interface RenderedRowSegment {
  readonly cut: boolean;
  readonly text: string;
  readonly tokens: number;
  readonly trained: boolean;
}

export interface RenderedRowsReply {
  readonly cutoff_len: number;
  readonly host_id: string;
  readonly left_out: readonly number[];
  readonly packed: boolean;
  readonly rows: readonly RenderedRow[];
  readonly template: string;
  readonly template_reason: string;
}

export interface ReplyFailureReply {
  readonly code: string;
  readonly hint?: string | null | undefined;
  readonly message: string;
}

export interface RestoreEvent {
  readonly code?: string | null | undefined;
  readonly done?: number | null | undefined;
  readonly hint?: string | null | undefined;
  readonly model?: ModelReply | null | undefined;
  readonly problem?: string | null | undefined;
  readonly total?: number | null | undefined;
}

export interface RestoreModelRequest {
  readonly host_id: string;
  readonly name?: string | null | undefined;
}

export interface RetryTaskRequest {
  readonly resume?: boolean | null | undefined;
}

export interface SavedPresetListReply {
  readonly presets: readonly SavedPresetReply[];
}

export interface SavedPresetReply {
  readonly created_at: string;
  readonly model?: string | null | undefined;
  readonly name: string;
  readonly preset_id: string;
  readonly settings: ChatSettingsBody;
  readonly updated_at: string;
}

export interface ScannedHostReply {
  readonly complete: boolean;
  readonly host_id: string;
  readonly models: number;
  readonly name: string;
  readonly problem?: string | null | undefined;
}

export interface SearchExplanationReply {
  readonly by_text: number;
  readonly by_vector?: number | null | undefined;
  readonly left_out: readonly SearchExplanationReplyLeftOut[];
  readonly rerank_problem?: string | null | undefined;
  readonly reranked?: number | null | undefined;
  readonly vector_problem?: string | null | undefined;
  readonly words: readonly string[];
}

export interface SearchExplanationReplyLeftOut {
  readonly because: PassageCut;
  readonly rerank_score?: number | null | undefined;
  readonly score: number;
  readonly text_rank?: number | null | undefined;
  readonly title: string;
  readonly vector_rank?: number | null | undefined;
}

export interface SearchIndexReply {
  readonly explanation?: SearchExplanationReply | null | undefined;
  readonly results: readonly SourceReply[];
}

export interface SearchIndexRequest {
  readonly explain?: boolean | null | undefined;
  readonly query: string;
  readonly top_k?: number | null | undefined;
}

export interface SelectBranchRequest {
  readonly message_id: string;
}

export interface SendMessageReply {
  readonly assistant_reply: string;
  readonly session_id: string;
  readonly sources?: readonly SourceReply[] | null | undefined;
  readonly user_message: string;
}

export interface SendMessageRequest {
  readonly backend?: AnsweringBackend | null | undefined;
  readonly edits?: string | null | undefined;
  readonly index?: string | null | undefined;
  readonly index_top_k?: number | null | undefined;
  /** At least 1, at most 32768, 2000 when absent. */
  readonly max_tokens?: number | null | undefined;
  /** At least 1 characters. */
  readonly message: string;
  readonly model?: string | null | undefined;
  /** At least 1 characters, at most 64 characters. */
  readonly session_id: string;
  readonly stream?: boolean | null | undefined;
  /** At least 0, at most 2. */
  readonly temperature?: number | null | undefined;
  readonly user_id?: string | null | undefined;
}

export interface SendingReply {
  readonly file: string;
  readonly percentage: number;
  readonly sent: number;
  readonly total: number;
}

export interface ServiceListReply {
  readonly services: readonly ServiceReply[];
}

export interface ServiceReply {
  readonly base_model_path?: string | null | undefined;
  readonly created_at: string;
  readonly host_id: string;
  readonly last_used_at: string;
  readonly model_path: string;
  readonly port: number;
  readonly reason?: string | null | undefined;
  readonly service_id: string;
  readonly status: ServiceStatus;
}

export type ServiceStatus = "starting" | "ready" | "stopping" | "stopped" | "failed";

export interface SetPasswordRequest {
  readonly password: string;
}

export type SlurmServices = "jobs" | "login_node";

export interface SlurmServing {
  readonly account?: string | null | undefined;
  readonly constraint?: string | null | undefined;
  readonly cpus?: number | null | undefined;
  readonly gres?: string | null | undefined;
  readonly memory_mib?: number | null | undefined;
  readonly minutes?: number | null | undefined;
  readonly partition?: string | null | undefined;
  readonly qos?: string | null | undefined;
}

export interface SlurmSettings {
  /** At most 200 characters. */
  readonly account?: string | null | undefined;
  /** At most 200 characters. */
  readonly constraint?: string | null | undefined;
  /** At least 1, at most 4096. */
  readonly cpus?: number | null | undefined;
  /** At most 200 characters. */
  readonly gres?: string | null | undefined;
  /** At least 1, at most 1073741824. */
  readonly memory_mib?: number | null | undefined;
  /** At least 1, at most 525600. */
  readonly minutes?: number | null | undefined;
  /** At least 1, at most 1024. */
  readonly nodes?: number | null | undefined;
  /** At most 200 characters. */
  readonly partition?: string | null | undefined;
  /** At most 200 characters. */
  readonly qos?: string | null | undefined;
  readonly services?: SlurmServices | null | undefined;
  readonly serving?: SlurmServing | null | undefined;
}

export interface SourceReply {
  readonly cited?: boolean | null | undefined;
  readonly document: string;
  readonly document_id: string;
  readonly number: number;
  readonly passage: PassageReply;
  readonly rerank_score?: number | null | undefined;
  readonly score: number;
  readonly text_rank?: number | null | undefined;
  readonly title: string;
  readonly vector_rank?: number | null | undefined;
}

export interface StartServiceRequest {
  readonly base_model_path?: string | null | undefined;
  /** At least 1 characters, at most 1024 characters. */
  readonly model_path: string;
}

export interface TaskDetailReply {
  readonly arguments: { readonly [key: string]: unknown };
  readonly assigned_gpus: readonly AssignedGPUReply[];
  readonly attempt: number;
  readonly attempts: readonly AttemptReply[];
  readonly batch_size: number;
  readonly cancel_requested: boolean;
  readonly cluster_job?: string | null | undefined;
  readonly created_at: string;
  readonly dataset_path: string;
  readonly ended_at?: string | null | undefined;
  readonly epochs: number;
  readonly gpu_ids: readonly number[];
  readonly gpus?: number | null | undefined;
  readonly host_id: string;
  readonly learning_rate: number;
  readonly model_id?: string | null | undefined;
  readonly model_name: string;
  readonly name: string;
  readonly output_dir: string;
  readonly priority: number;
  readonly progress?: ProgressReply | null | undefined;
  readonly queue?: QueueReply | null | undefined;
  readonly queue_position?: number | null | undefined;
  readonly queued_at?: string | null | undefined;
  readonly reason?: ReasonReply | null | undefined;
  readonly sending?: SendingReply | null | undefined;
  readonly slurm?: SlurmSettings | null | undefined;
  readonly ssh_command?: string | null | undefined;
  readonly started_at?: string | null | undefined;
  readonly status: TaskStatus;
  readonly task_id: string;
  readonly template: string;
  readonly unreachable_since?: string | null | undefined;
  readonly updated_at: string;
}

export interface TaskEstimateReply {
  readonly cures: readonly TaskEstimateReplyCure[];
  readonly cut_rows?: number | null | undefined;
  readonly devices: number;
  readonly disk?: TaskEstimateReplyDisk | null | undefined;
  readonly gpu?: string | null | undefined;
  readonly host_name: string;
  readonly memory?: TaskEstimateReplyMemory | null | undefined;
  readonly parameters?: number | null | undefined;
  readonly rows: number;
  readonly steps: number;
  readonly steps_per_epoch: number;
  readonly time?: TaskEstimateReplyTime | null | undefined;
  readonly tokens?: number | null | undefined;
  readonly trained?: number | null | undefined;
}

export interface TaskEstimateReplyCure {
  readonly kind: TaskEstimateReplyKind;
  readonly total: number;
}

export interface TaskEstimateReplyDisk {
  readonly checkpoint: number;
  readonly checkpoints: number;
  readonly fit: TaskEstimateReplyFit;
  readonly free?: number | null | undefined;
  readonly result: number;
  readonly total: number;
}

export type TaskEstimateReplyFit = "fits" | "tight" | "exceeds" | "unknown";

export type TaskEstimateReplyKind = "gradient_checkpointing" | "smaller_batch" | "shorter_cutoff" | "lora" | "qlora";

export interface TaskEstimateReplyMemory {
  readonly activations: number;
  readonly available?: number | null | undefined;
  readonly error_percent: number;
  readonly fit: TaskEstimateReplyFit;
  readonly overhead: number;
  readonly total: number;
  readonly training: number;
  readonly weights: number;
}

export interface TaskEstimateReplyTime {
  readonly longest: number;
  readonly seconds: number;
  readonly shortest: number;
  readonly trainings: number;
}

export interface TaskGPUReply {
  readonly index: number;
  readonly memory_total_bytes: number;
  readonly samples: readonly GPUSampleReply[];
  readonly uuid: string;
}

export interface TaskGPUsReply {
  readonly attempt: number;
  readonly gpus: readonly TaskGPUReply[];
}

export interface TaskListReply {
  readonly tasks: readonly TaskReply[];
}

export interface TaskLogsReply {
  readonly attempt: number;
  readonly logs: string;
  readonly next_offset: number;
  readonly offset: number;
  readonly size: number;
}

export interface TaskMetricsReply {
  readonly metrics: readonly MetricReply[];
  readonly next_offset: number;
}

export interface TaskPreviewReply {
  readonly command: string;
  readonly configuration: string;
  readonly template: string;
  readonly template_reason: string;
  readonly warnings: readonly string[];
}

export interface TaskReply {
  readonly assigned_gpus: readonly AssignedGPUReply[];
  readonly attempt: number;
  readonly batch_size: number;
  readonly cancel_requested: boolean;
  readonly cluster_job?: string | null | undefined;
  readonly created_at: string;
  readonly dataset_path: string;
  readonly ended_at?: string | null | undefined;
  readonly epochs: number;
  readonly gpu_ids: readonly number[];
  readonly gpus?: number | null | undefined;
  readonly host_id: string;
  readonly learning_rate: number;
  readonly model_id?: string | null | undefined;
  readonly model_name: string;
  readonly name: string;
  readonly output_dir: string;
  readonly priority: number;
  readonly progress?: ProgressReply | null | undefined;
  readonly queue?: QueueReply | null | undefined;
  readonly queue_position?: number | null | undefined;
  readonly queued_at?: string | null | undefined;
  readonly reason?: ReasonReply | null | undefined;
  readonly sending?: SendingReply | null | undefined;
  readonly slurm?: SlurmSettings | null | undefined;
  readonly started_at?: string | null | undefined;
  readonly status: TaskStatus;
  readonly task_id: string;
  readonly template: string;
  readonly unreachable_since?: string | null | undefined;
  readonly updated_at: string;
}

export type TaskStatus = "pending" | "queued" | "staging" | "running" | "completed" | "failed" | "cancelled";

export interface TrainingArgumentReply {
  readonly choices: readonly string[];
  readonly default_json: string;
  readonly expectation: string;
  readonly help: string;
  readonly name: string;
}

export interface TrainingOptionsReply {
  readonly arguments: readonly TrainingArgumentReply[];
  readonly templates: readonly string[];
}

export interface TrustHostRequest {
  /** Matches ^SHA256:[A-Za-z0-9+/]{43}$. */
  readonly fingerprint: string;
}

export interface UpdateConversationRequest {
  readonly archived?: boolean | null | undefined;
  readonly index?: string | null | undefined;
  readonly index_top_k?: number | null | undefined;
  readonly pinned?: boolean | null | undefined;
  readonly settings?: ChatSettingsBody | null | undefined;
  /** At most 20 entries. */
  readonly tags?: readonly string[] | null | undefined;
  /** At least 1 characters, at most 200 characters. */
  readonly title?: string | null | undefined;
}

export interface UploadListReply {
  readonly uploads: readonly UploadReply[];
}

export interface UploadReply {
  readonly active: boolean;
  readonly content_hash?: string | null | undefined;
  readonly created_at: string;
  readonly expires_at: string;
  readonly filename: string;
  readonly offset: number;
  readonly size: number;
  readonly upload_id: string;
}

export interface UsageEntry {
  readonly completion_tokens: number;
  readonly day: string;
  readonly estimated_requests: number;
  readonly failures: number;
  readonly key_id?: string | null | undefined;
  readonly key_name?: string | null | undefined;
  readonly model: string;
  readonly prompt_tokens: number;
  readonly requests: number;
  readonly user_id: string;
  readonly username: string;
}

export interface UsageReply {
  readonly usage: readonly UsageEntry[];
}

export interface UserReply {
  readonly created_at: string;
  readonly email: string;
  readonly role: UserRole;
  readonly user_id: string;
  readonly username: string;
}

export type UserRole = "admin" | "user";

export interface VerifyCheckReply {
  readonly left?: string | null | undefined;
  readonly left_shown?: readonly VerifyToken[] | null | undefined;
  readonly left_tokens?: number | null | undefined;
  readonly name: string;
  readonly note?: string | null | undefined;
  readonly position?: number | null | undefined;
  readonly question?: string | null | undefined;
  readonly right?: string | null | undefined;
  readonly right_shown?: readonly VerifyToken[] | null | undefined;
  readonly right_tokens?: number | null | undefined;
  readonly state: VerifyState;
}

export interface VerifyEvent {
  readonly checks?: readonly VerifyCheckReply[] | null | undefined;
  readonly code?: string | null | undefined;
  readonly dtype?: string | null | undefined;
  readonly hint?: string | null | undefined;
  readonly phase?: string | null | undefined;
  readonly problem?: string | null | undefined;
  readonly same?: boolean | null | undefined;
  readonly step?: number | null | undefined;
  readonly steps?: number | null | undefined;
  readonly template?: string | null | undefined;
}

export interface VerifyModelRequest {
  readonly questions?: readonly string[] | null | undefined;
  readonly tokens?: number | null | undefined;
}

export type VerifyState = "same" | "different" | "skipped";

export interface VerifyToken {
  readonly id: number;
  readonly text: string;
}

/**
 * Every route, by its method and pattern: what stands in the path, the query and the body, what it replies
 * with, and the data of each event where it streams. What a route does not have is `undefined`.
 */
export interface Routes {
  /** The web page. */
  "GET /": {
    readonly parameters: undefined;
    readonly query: undefined;
    readonly body: undefined;
    readonly reply: Blob;
    readonly event: undefined;
  };
  /** My API keys. */
  "GET /api/auth/keys": {
    readonly parameters: undefined;
    readonly query: undefined;
    readonly body: undefined;
    readonly reply: KeyListReply;
    readonly event: undefined;
  };
  /** Make an API key; it is shown this once. */
  "POST /api/auth/keys": {
    readonly parameters: undefined;
    readonly query: undefined;
    readonly body: CreateKeyRequest;
    readonly reply: KeyReply;
    readonly event: undefined;
  };
  /** Delete an API key. */
  "DELETE /api/auth/keys/{key_id}": {
    readonly parameters: { readonly key_id: string; };
    readonly query: undefined;
    readonly body: undefined;
    readonly reply: MessageReply;
    readonly event: undefined;
  };
  /** Log in by user name or e-mail address. */
  "POST /api/auth/login": {
    readonly parameters: undefined;
    readonly query: undefined;
    readonly body: LoginRequest;
    readonly reply: LoginReply;
    readonly event: undefined;
  };
  /** End every token of mine; API keys stay. */
  "POST /api/auth/logout-everywhere": {
    readonly parameters: undefined;
    readonly query: undefined;
    readonly body: undefined;
    readonly reply: MessageReply;
    readonly event: undefined;
  };
  /** Who I am. */
  "GET /api/auth/me": {
    readonly parameters: undefined;
    readonly query: undefined;
    readonly body: undefined;
    readonly reply: UserReply;
    readonly event: undefined;
  };
  /** Change my password; every token ends, and a new one is in the answer. */
  "POST /api/auth/password": {
    readonly parameters: undefined;
    readonly query: undefined;
    readonly body: ChangePasswordRequest;
    readonly reply: LoginReply;
    readonly event: undefined;
  };
  /** What I hold, and what I may. */
  "GET /api/auth/quota": {
    readonly parameters: undefined;
    readonly query: undefined;
    readonly body: undefined;
    readonly reply: QuotaReply;
    readonly event: undefined;
  };
  /** Make an account; the first one is the administrator's. */
  "POST /api/auth/register": {
    readonly parameters: undefined;
    readonly query: undefined;
    readonly body: RegisterRequest;
    readonly reply: RegisterReply;
    readonly event: undefined;
  };
  /** Remove my account with all it holds; it cannot be taken back. */
  "POST /api/auth/remove": {
    readonly parameters: undefined;
    readonly query: undefined;
    readonly body: RemoveAccountRequest;
    readonly reply: AccountRemovalReply;
    readonly event: undefined;
  };
  /** Take every message out of a conversation. */
  "POST /api/chat/clear": {
    readonly parameters: undefined;
    readonly query: undefined;
    readonly body: ClearChatRequest;
    readonly reply: MessageReply;
    readonly event: undefined;
  };
  /** One answer of a model, whole. */
  "POST /api/chat/completion": {
    readonly parameters: undefined;
    readonly query: undefined;
    readonly body: ChatCompletionRequest;
    readonly reply: ChatCompletionReply;
    readonly event: undefined;
  };
  /** My presets: system prompts and parameters under names. */
  "GET /api/chat/presets": {
    readonly parameters: undefined;
    readonly query: undefined;
    readonly body: undefined;
    readonly reply: SavedPresetListReply;
    readonly event: undefined;
  };
  /** Keep a system prompt and parameters under a name. */
  "POST /api/chat/presets": {
    readonly parameters: undefined;
    readonly query: undefined;
    readonly body: CreatePresetRequest;
    readonly reply: SavedPresetReply;
    readonly event: undefined;
  };
  /** Delete a preset. */
  "DELETE /api/chat/presets/{preset_id}": {
    readonly parameters: { readonly preset_id: string; };
    readonly query: undefined;
    readonly body: undefined;
    readonly reply: MessageReply;
    readonly event: undefined;
  };
  /** Rename or change a preset. */
  "PATCH /api/chat/presets/{preset_id}": {
    readonly parameters: { readonly preset_id: string; };
    readonly query: undefined;
    readonly body: ChangePresetRequest;
    readonly reply: SavedPresetReply;
    readonly event: undefined;
  };
  /** My votes, the newest first, and how the models came out. */
  "GET /api/comparisons": {
    readonly parameters: undefined;
    readonly query: { readonly limit?: number | undefined; readonly after?: string | undefined; };
    readonly body: undefined;
    readonly reply: ComparisonListReply;
    readonly event: undefined;
  };
  /** Keep a vote on the answers of two to four models. */
  "POST /api/comparisons": {
    readonly parameters: undefined;
    readonly query: undefined;
    readonly body: ComparisonRequest;
    readonly reply: ComparisonReply;
    readonly event: undefined;
  };
  /** My votes as preference data (JSON Lines) that can be uploaded as a dataset. */
  "GET /api/comparisons/export": {
    readonly parameters: undefined;
    readonly query: { readonly format?: string | undefined; };
    readonly body: undefined;
    readonly reply: Blob;
    readonly event: undefined;
  };
  /** Delete a vote. */
  "DELETE /api/comparisons/{comparison_id}": {
    readonly parameters: { readonly comparison_id: string; };
    readonly query: undefined;
    readonly body: undefined;
    readonly reply: MessageReply;
    readonly event: undefined;
  };
  /** Whom my conversations go to, and what else there is. */
  "GET /api/config": {
    readonly parameters: undefined;
    readonly query: { readonly user_id?: string | undefined; };
    readonly body: undefined;
    readonly reply: ChatConfigReply;
    readonly event: undefined;
  };
  /** Choose a preset, a server of my own, or one of my models. */
  "POST /api/config": {
    readonly parameters: undefined;
    readonly query: undefined;
    readonly body: ChatConfigRequest;
    readonly reply: ChatConfigReply;
    readonly event: undefined;
  };
  /** My unfinished uploads. */
  "GET /api/datasets/uploads": {
    readonly parameters: undefined;
    readonly query: undefined;
    readonly body: undefined;
    readonly reply: UploadListReply;
    readonly event: undefined;
  };
  /** Begin to upload a file in parts, which may be paused and gone on with for three days. */
  "POST /api/datasets/uploads": {
    readonly parameters: undefined;
    readonly query: undefined;
    readonly body: BeginUploadRequest;
    readonly reply: UploadReply;
    readonly event: undefined;
  };
  /** Forget an unfinished upload. */
  "DELETE /api/datasets/uploads/{upload_id}": {
    readonly parameters: { readonly upload_id: string; };
    readonly query: undefined;
    readonly body: undefined;
    readonly reply: MessageReply;
    readonly event: undefined;
  };
  /** How far an upload is. */
  "GET /api/datasets/uploads/{upload_id}": {
    readonly parameters: { readonly upload_id: string; };
    readonly query: { readonly hash?: boolean | undefined; };
    readonly body: undefined;
    readonly reply: UploadReply;
    readonly event: undefined;
  };
  /** Send the next bytes, as many as you like; what came before a break is kept. */
  "PUT /api/datasets/uploads/{upload_id}": {
    readonly parameters: { readonly upload_id: string; };
    readonly query: { readonly offset?: number | undefined; };
    readonly body: FormData;
    readonly reply: UploadReply;
    readonly event: undefined;
  };
  /** Check the whole file and make it a dataset. */
  "POST /api/datasets/uploads/{upload_id}/complete": {
    readonly parameters: { readonly upload_id: string; };
    readonly query: undefined;
    readonly body: undefined;
    readonly reply: DatasetUploadReply;
    readonly event: undefined;
  };
  /** Take a document out of its index. */
  "DELETE /api/documents/{document_id}": {
    readonly parameters: { readonly document_id: string; };
    readonly query: undefined;
    readonly body: undefined;
    readonly reply: MessageReply;
    readonly event: undefined;
  };
  /** A document and its passages. */
  "GET /api/documents/{document_id}": {
    readonly parameters: { readonly document_id: string; };
    readonly query: { readonly from?: number | undefined; readonly limit?: number | undefined; };
    readonly body: undefined;
    readonly reply: DocumentDetailReply;
    readonly event: undefined;
  };
  /** Take in a document once more that failed, from what the server has kept of it. */
  "POST /api/documents/{document_id}/retry": {
    readonly parameters: { readonly document_id: string; };
    readonly query: undefined;
    readonly body: undefined;
    readonly reply: AddedDocumentReply;
    readonly event: undefined;
  };
  /** What happens, as it happens; resumes after Last-Event-ID and misses nothing. */
  "GET /api/events": {
    readonly parameters: undefined;
    readonly query: { readonly after?: number | undefined; };
    readonly body: undefined;
    readonly reply: undefined;
    readonly event: EventReply;
  };
  /** My training files. */
  "GET /api/files/datasets": {
    readonly parameters: undefined;
    readonly query: undefined;
    readonly body: undefined;
    readonly reply: DatasetListReply;
    readonly event: undefined;
  };
  /** Upload a training file (JSON, JSONL or text). */
  "POST /api/files/datasets": {
    readonly parameters: undefined;
    readonly query: undefined;
    readonly body: FormData;
    readonly reply: DatasetUploadReply;
    readonly event: undefined;
  };
  /** Delete a training file; refused while a task uses it. */
  "DELETE /api/files/datasets/{file_id}": {
    readonly parameters: { readonly file_id: string; };
    readonly query: undefined;
    readonly body: undefined;
    readonly reply: MessageReply;
    readonly event: undefined;
  };
  /** A training file: problems, preview, use. */
  "GET /api/files/datasets/{file_id}": {
    readonly parameters: { readonly file_id: string; };
    readonly query: undefined;
    readonly body: undefined;
    readonly reply: DatasetDetailReply;
    readonly event: undefined;
  };
  /** The file's bytes; Range is understood. */
  "GET /api/files/datasets/{file_id}/download": {
    readonly parameters: { readonly file_id: string; };
    readonly query: undefined;
    readonly body: undefined;
    readonly reply: Blob;
    readonly event: undefined;
  };
  /** Convert, split, dedupe, filter or sample a dataset into new ones; who leaves ends it. */
  "POST /api/files/datasets/{file_id}/prepare": {
    readonly parameters: { readonly file_id: string; };
    readonly query: undefined;
    readonly body: PrepareDatasetRequest;
    readonly reply: undefined;
    readonly event: PrepareEvent;
  };
  /** Rows as the model sees them: template applied, trained and cut tokens marked; takes some seconds. */
  "POST /api/files/datasets/{file_id}/rendered": {
    readonly parameters: { readonly file_id: string; };
    readonly query: undefined;
    readonly body: RenderRowsRequest;
    readonly reply: RenderedRowsReply;
    readonly event: undefined;
  };
  /** Count rows, turns, lengths, duplicates, empty columns and scripts; goes over the whole file. */
  "GET /api/files/datasets/{file_id}/stats": {
    readonly parameters: { readonly file_id: string; };
    readonly query: undefined;
    readonly body: undefined;
    readonly reply: DatasetStatsReply;
    readonly event: undefined;
  };
  /** The files of this one's name, and the tasks that used each. */
  "GET /api/files/datasets/{file_id}/versions": {
    readonly parameters: { readonly file_id: string; };
    readonly query: undefined;
    readonly body: undefined;
    readonly reply: DatasetVersionsReply;
    readonly event: undefined;
  };
  /** My models. */
  "GET /api/files/models": {
    readonly parameters: undefined;
    readonly query: undefined;
    readonly body: undefined;
    readonly reply: ModelListReply;
    readonly event: undefined;
  };
  /** Add a model folder on a host by hand. */
  "POST /api/files/models": {
    readonly parameters: undefined;
    readonly query: undefined;
    readonly body: AddModelRequest;
    readonly reply: ModelReply;
    readonly event: undefined;
  };
  /** Take a model off the list; its archive goes, its files stay, but for those of a merged or restored one. */
  "DELETE /api/files/models/{model_id}": {
    readonly parameters: { readonly model_id: string; };
    readonly query: undefined;
    readonly body: undefined;
    readonly reply: DeletedModelReply;
    readonly event: undefined;
  };
  /** A model. */
  "GET /api/files/models/{model_id}": {
    readonly parameters: { readonly model_id: string; };
    readonly query: undefined;
    readonly body: undefined;
    readonly reply: ModelReply;
    readonly event: undefined;
  };
  /** Rename a model, or choose what serves it. */
  "PATCH /api/files/models/{model_id}": {
    readonly parameters: { readonly model_id: string; };
    readonly query: undefined;
    readonly body: ChangeModelRequest;
    readonly reply: ModelReply;
    readonly event: undefined;
  };
  /** Remove a model's archive, and stop one that is being made. */
  "DELETE /api/files/models/{model_id}/archive": {
    readonly parameters: { readonly model_id: string; };
    readonly query: undefined;
    readonly body: undefined;
    readonly reply: DeletedModelReply;
    readonly event: undefined;
  };
  /** What is kept of a model in the server's store. */
  "GET /api/files/models/{model_id}/archive": {
    readonly parameters: { readonly model_id: string; };
    readonly query: undefined;
    readonly body: undefined;
    readonly reply: ModelArchiveReply;
    readonly event: undefined;
  };
  /** Copy a model's files into the server's store; unchanged ones are not copied again. */
  "POST /api/files/models/{model_id}/archive": {
    readonly parameters: { readonly model_id: string; };
    readonly query: undefined;
    readonly body: undefined;
    readonly reply: undefined;
    readonly event: ArchiveEvent;
  };
  /** The model's folder as a tar archive; Range is understood; cut where a file changes meanwhile. */
  "GET /api/files/models/{model_id}/download": {
    readonly parameters: { readonly model_id: string; };
    readonly query: undefined;
    readonly body: undefined;
    readonly reply: Blob;
    readonly event: undefined;
  };
  /** One of the model's files; Range is understood. */
  "GET /api/files/models/{model_id}/file": {
    readonly parameters: { readonly model_id: string; };
    readonly query: { readonly name?: string | undefined; };
    readonly body: undefined;
    readonly reply: Blob;
    readonly event: undefined;
  };
  /** The model's files. */
  "GET /api/files/models/{model_id}/files": {
    readonly parameters: { readonly model_id: string; };
    readonly query: undefined;
    readonly body: undefined;
    readonly reply: ModelFileListReply;
    readonly event: undefined;
  };
  /** Stop a restore of mine; nothing of it stays. */
  "DELETE /api/files/models/{model_id}/restore": {
    readonly parameters: { readonly model_id: string; };
    readonly query: undefined;
    readonly body: undefined;
    readonly reply: MessageReply;
    readonly event: undefined;
  };
  /** Make a new model on a host of a model's archive. */
  "POST /api/files/models/{model_id}/restore": {
    readonly parameters: { readonly model_id: string; };
    readonly query: undefined;
    readonly body: RestoreModelRequest;
    readonly reply: undefined;
    readonly event: RestoreEvent;
  };
  /** A streamed answer to a prompt, kept with session_id. */
  "POST /api/generate": {
    readonly parameters: undefined;
    readonly query: undefined;
    readonly body: GenerateRequest;
    readonly reply: undefined;
    readonly event: ChatStreamEvent;
  };
  /** Whether the server works. */
  "GET /api/health": {
    readonly parameters: undefined;
    readonly query: undefined;
    readonly body: undefined;
    readonly reply: HealthReply;
    readonly event: undefined;
  };
  /** Hosts, their load and their GPUs. */
  "GET /api/hosts": {
    readonly parameters: undefined;
    readonly query: { readonly limit?: number | undefined; readonly after?: string | undefined; };
    readonly body: undefined;
    readonly reply: HostListReply;
    readonly event: undefined;
  };
  /** Add a host over SSH; its first key is recorded. */
  "POST /api/hosts": {
    readonly parameters: undefined;
    readonly query: undefined;
    readonly body: HostRequest;
    readonly reply: HostReply;
    readonly event: undefined;
  };
  /** Try to connect to a host without adding it. */
  "POST /api/hosts/test": {
    readonly parameters: undefined;
    readonly query: undefined;
    readonly body: HostRequest;
    readonly reply: HostTrialReply;
    readonly event: undefined;
  };
  /** Remove a host on which nothing runs. */
  "DELETE /api/hosts/{host_id}": {
    readonly parameters: { readonly host_id: string; };
    readonly query: undefined;
    readonly body: undefined;
    readonly reply: MessageReply;
    readonly event: undefined;
  };
  /** A host. */
  "GET /api/hosts/{host_id}": {
    readonly parameters: { readonly host_id: string; };
    readonly query: undefined;
    readonly body: undefined;
    readonly reply: HostReply;
    readonly event: undefined;
  };
  /** Change how a host is reached, its name or its slots; what runs on it goes on. */
  "PATCH /api/hosts/{host_id}": {
    readonly parameters: { readonly host_id: string; };
    readonly query: undefined;
    readonly body: ChangeHostRequest;
    readonly reply: HostReply;
    readonly event: undefined;
  };
  /** What works on a host, what is missing, and the cure. */
  "GET /api/hosts/{host_id}/doctor": {
    readonly parameters: { readonly host_id: string; };
    readonly query: undefined;
    readonly body: undefined;
    readonly reply: DoctorReply;
    readonly event: undefined;
  };
  /** Stop the installation on a host. */
  "DELETE /api/hosts/{host_id}/setup": {
    readonly parameters: { readonly host_id: string; };
    readonly query: undefined;
    readonly body: undefined;
    readonly reply: HostSetupReply;
    readonly event: undefined;
  };
  /** How the installation on a host stands. */
  "GET /api/hosts/{host_id}/setup": {
    readonly parameters: { readonly host_id: string; };
    readonly query: undefined;
    readonly body: undefined;
    readonly reply: HostSetupReply;
    readonly event: undefined;
  };
  /** Install the pinned trainer in the host's work folder; what runs already goes on. */
  "POST /api/hosts/{host_id}/setup": {
    readonly parameters: { readonly host_id: string; };
    readonly query: undefined;
    readonly body: undefined;
    readonly reply: HostSetupReply;
    readonly event: undefined;
  };
  /** The installation's log and progress as they come; ends with it; Last-Event-ID is a byte offset. */
  "GET /api/hosts/{host_id}/setup/stream": {
    readonly parameters: { readonly host_id: string; };
    readonly query: { readonly from?: number | undefined; };
    readonly body: undefined;
    readonly reply: undefined;
    readonly event: HostSetupLogReply;
  };
  /** Try a new connection to a host. */
  "POST /api/hosts/{host_id}/test": {
    readonly parameters: { readonly host_id: string; };
    readonly query: undefined;
    readonly body: undefined;
    readonly reply: HostTrialReply;
    readonly event: undefined;
  };
  /** Accept the host key with exactly this fingerprint in place of the recorded one. */
  "POST /api/hosts/{host_id}/trust": {
    readonly parameters: { readonly host_id: string; };
    readonly query: undefined;
    readonly body: TrustHostRequest;
    readonly reply: HostReply;
    readonly event: undefined;
  };
  /** My indexes: documents that answers are looked up in. */
  "GET /api/indexes": {
    readonly parameters: undefined;
    readonly query: undefined;
    readonly body: undefined;
    readonly reply: IndexListReply;
    readonly event: undefined;
  };
  /** Make an index. */
  "POST /api/indexes": {
    readonly parameters: undefined;
    readonly query: undefined;
    readonly body: CreateIndexRequest;
    readonly reply: IndexReply;
    readonly event: undefined;
  };
  /** Delete an index with its documents. */
  "DELETE /api/indexes/{index_id}": {
    readonly parameters: { readonly index_id: string; };
    readonly query: undefined;
    readonly body: undefined;
    readonly reply: MessageReply;
    readonly event: undefined;
  };
  /** An index, by its identifier or its name. */
  "GET /api/indexes/{index_id}": {
    readonly parameters: { readonly index_id: string; };
    readonly query: undefined;
    readonly body: undefined;
    readonly reply: IndexReply;
    readonly event: undefined;
  };
  /** Give an index another embedding model or reranker, or none. */
  "PATCH /api/indexes/{index_id}": {
    readonly parameters: { readonly index_id: string; };
    readonly query: undefined;
    readonly body: ChangeIndexRequest;
    readonly reply: IndexReply;
    readonly event: undefined;
  };
  /** The documents of an index, and those that it could not take in. */
  "GET /api/indexes/{index_id}/documents": {
    readonly parameters: { readonly index_id: string; };
    readonly query: undefined;
    readonly body: undefined;
    readonly reply: DocumentListReply;
    readonly event: undefined;
  };
  /** Add a document (text, Markdown, HTML, source code, PDF or Word), in place of what the index has under its name. */
  "POST /api/indexes/{index_id}/documents": {
    readonly parameters: { readonly index_id: string; };
    readonly query: { readonly name?: string | undefined; readonly size?: number | undefined; };
    readonly body: FormData;
    readonly reply: AddedDocumentReply;
    readonly event: undefined;
  };
  /** The passages that hold most of what a question says. */
  "POST /api/indexes/{index_id}/search": {
    readonly parameters: { readonly index_id: string; };
    readonly query: undefined;
    readonly body: SearchIndexRequest;
    readonly reply: SearchIndexReply;
    readonly event: undefined;
  };
  /** Everything I can chat with, and what of it is loaded. */
  "GET /api/models": {
    readonly parameters: undefined;
    readonly query: undefined;
    readonly body: undefined;
    readonly reply: ListedModelsReply;
    readonly event: undefined;
  };
  /** My models whose folder is really there. */
  "GET /api/models/available": {
    readonly parameters: undefined;
    readonly query: undefined;
    readonly body: undefined;
    readonly reply: ModelListReply;
    readonly event: undefined;
  };
  /** Look through the hosts' folders for models again. */
  "POST /api/models/scan": {
    readonly parameters: undefined;
    readonly query: undefined;
    readonly body: undefined;
    readonly reply: ModelScanReply;
    readonly event: undefined;
  };
  /** Base models on the host that everyone may use. */
  "GET /api/models/shared": {
    readonly parameters: undefined;
    readonly query: undefined;
    readonly body: undefined;
    readonly reply: FoundModelListReply;
    readonly event: undefined;
  };
  /** Begin to load a model, without waiting for it; its status tells how far it is. */
  "POST /api/models/{name}/load": {
    readonly parameters: { readonly name: string; };
    readonly query: { readonly port?: number | undefined; };
    readonly body: undefined;
    readonly reply: LoadStatusReply;
    readonly event: undefined;
  };
  /** Stop a merge of mine; nothing of it stays. */
  "DELETE /api/models/{name}/merge": {
    readonly parameters: { readonly name: string; };
    readonly query: undefined;
    readonly body: undefined;
    readonly reply: MessageReply;
    readonly event: undefined;
  };
  /** Merge an adapter into its base, once; the merged model is one of mine then. */
  "POST /api/models/{name}/merge": {
    readonly parameters: { readonly name: string; };
    readonly query: undefined;
    readonly body: MergeModelRequest;
    readonly reply: undefined;
    readonly event: MergeEvent;
  };
  /** Whether a model is loaded; a slash in its name is sent as %2F. */
  "GET /api/models/{name}/status": {
    readonly parameters: { readonly name: string; };
    readonly query: undefined;
    readonly body: undefined;
    readonly reply: LoadStatusReply;
    readonly event: undefined;
  };
  /** Unload a model, or end its load. */
  "POST /api/models/{name}/unload": {
    readonly parameters: { readonly name: string; };
    readonly query: undefined;
    readonly body: undefined;
    readonly reply: MessageReply;
    readonly event: undefined;
  };
  /** Compare how a model is spoken to and answers, between trainer and server. */
  "POST /api/models/{name}/verify": {
    readonly parameters: { readonly name: string; };
    readonly query: undefined;
    readonly body: VerifyModelRequest;
    readonly reply: undefined;
    readonly event: VerifyEvent;
  };
  /** My runs of pipelines, newest first. */
  "GET /api/pipelines": {
    readonly parameters: undefined;
    readonly query: { readonly status?: string | undefined; readonly limit?: number | undefined; };
    readonly body: undefined;
    readonly reply: PipelineListReply;
    readonly event: undefined;
  };
  /** Run a pipeline; Idempotency-Key makes a repeat harmless. */
  "POST /api/pipelines": {
    readonly parameters: undefined;
    readonly query: undefined;
    readonly body: PipelineRequest;
    readonly reply: PipelineReply;
    readonly event: undefined;
  };
  /** What a pipeline would do and take, or everything that is wrong with it; runs nothing. */
  "POST /api/pipelines/plan": {
    readonly parameters: undefined;
    readonly query: undefined;
    readonly body: PipelineRequest;
    readonly reply: PipelinePlanReply;
    readonly event: undefined;
  };
  /** The JSON schema of a pipeline's file. */
  "GET /api/pipelines/schema": {
    readonly parameters: undefined;
    readonly query: undefined;
    readonly body: undefined;
    readonly reply: Blob;
    readonly event: undefined;
  };
  /** Delete an ended run; what it made stays. */
  "DELETE /api/pipelines/{pipeline_id}": {
    readonly parameters: { readonly pipeline_id: string; };
    readonly query: undefined;
    readonly body: undefined;
    readonly reply: MessageReply;
    readonly event: undefined;
  };
  /** A run of a pipeline, step by step. */
  "GET /api/pipelines/{pipeline_id}": {
    readonly parameters: { readonly pipeline_id: string; };
    readonly query: undefined;
    readonly body: undefined;
    readonly reply: PipelineReply;
    readonly event: undefined;
  };
  /** End the step under way, and the run with it. */
  "POST /api/pipelines/{pipeline_id}/cancel": {
    readonly parameters: { readonly pipeline_id: string; };
    readonly query: undefined;
    readonly body: undefined;
    readonly reply: PipelineReply;
    readonly event: undefined;
  };
  /** Go on at the step that failed or was cancelled. */
  "POST /api/pipelines/{pipeline_id}/resume": {
    readonly parameters: { readonly pipeline_id: string; };
    readonly query: undefined;
    readonly body: undefined;
    readonly reply: PipelineReply;
    readonly event: undefined;
  };
  /** Models loaded or loading. */
  "GET /api/services": {
    readonly parameters: undefined;
    readonly query: undefined;
    readonly body: undefined;
    readonly reply: ServiceListReply;
    readonly event: undefined;
  };
  /** Load a model and wait until it answers. */
  "POST /api/services": {
    readonly parameters: undefined;
    readonly query: undefined;
    readonly body: StartServiceRequest;
    readonly reply: ServiceReply;
    readonly event: undefined;
  };
  /** Unload a model. */
  "DELETE /api/services/{service_id}": {
    readonly parameters: { readonly service_id: string; };
    readonly query: undefined;
    readonly body: undefined;
    readonly reply: MessageReply;
    readonly event: undefined;
  };
  /** My tasks, newest first. */
  "GET /api/tasks": {
    readonly parameters: undefined;
    readonly query: { readonly status?: string | undefined; readonly limit?: number | undefined; };
    readonly body: undefined;
    readonly reply: TaskListReply;
    readonly event: undefined;
  };
  /** Submit a fine-tuning task; an Idempotency-Key makes a repeat harmless. */
  "POST /api/tasks": {
    readonly parameters: undefined;
    readonly query: undefined;
    readonly body: CreateTaskRequest;
    readonly reply: CreateTaskReply;
    readonly event: undefined;
  };
  /** How many steps a submission would take, and about how much memory and disk. */
  "POST /api/tasks/estimate": {
    readonly parameters: undefined;
    readonly query: undefined;
    readonly body: CreateTaskRequest;
    readonly reply: TaskEstimateReply;
    readonly event: undefined;
  };
  /** What a submission would run, and what to look at twice. */
  "POST /api/tasks/preview": {
    readonly parameters: undefined;
    readonly query: undefined;
    readonly body: CreateTaskRequest;
    readonly reply: TaskPreviewReply;
    readonly event: undefined;
  };
  /** Delete an ended task; its model stays. */
  "DELETE /api/tasks/{task_id}": {
    readonly parameters: { readonly task_id: string; };
    readonly query: undefined;
    readonly body: undefined;
    readonly reply: MessageReply;
    readonly event: undefined;
  };
  /** A task with its attempts and its command. */
  "GET /api/tasks/{task_id}": {
    readonly parameters: { readonly task_id: string; };
    readonly query: undefined;
    readonly body: undefined;
    readonly reply: TaskDetailReply;
    readonly event: undefined;
  };
  /** Let a waiting task run earlier or later. */
  "PATCH /api/tasks/{task_id}": {
    readonly parameters: { readonly task_id: string; };
    readonly query: undefined;
    readonly body: ChangeTaskRequest;
    readonly reply: TaskReply;
    readonly event: undefined;
  };
  /** Stop a task; what it learned so far is saved where it can be. */
  "POST /api/tasks/{task_id}/cancel": {
    readonly parameters: { readonly task_id: string; };
    readonly query: undefined;
    readonly body: undefined;
    readonly reply: TaskReply;
    readonly event: undefined;
  };
  /** Use and memory of the task's GPUs while it ran; none for one that ran on the processor. */
  "GET /api/tasks/{task_id}/gpus": {
    readonly parameters: { readonly task_id: string; };
    readonly query: { readonly attempt?: number | undefined; };
    readonly body: undefined;
    readonly reply: TaskGPUsReply;
    readonly event: undefined;
  };
  /** The task's log: its end, or from a byte on. */
  "GET /api/tasks/{task_id}/logs": {
    readonly parameters: { readonly task_id: string; };
    readonly query: { readonly from?: number | undefined; readonly attempt?: number | undefined; };
    readonly body: undefined;
    readonly reply: TaskLogsReply;
    readonly event: undefined;
  };
  /** The log as it grows; ends with the task; Last-Event-ID is a byte offset. */
  "GET /api/tasks/{task_id}/logs/stream": {
    readonly parameters: { readonly task_id: string; };
    readonly query: { readonly from?: number | undefined; };
    readonly body: undefined;
    readonly reply: undefined;
    readonly event: TaskLogsReply;
  };
  /** Loss, evaluation and learning rate by step. */
  "GET /api/tasks/{task_id}/metrics": {
    readonly parameters: { readonly task_id: string; };
    readonly query: { readonly from?: number | undefined; };
    readonly body: undefined;
    readonly reply: TaskMetricsReply;
    readonly event: undefined;
  };
  /** The metrics as they come; ends with the task. */
  "GET /api/tasks/{task_id}/metrics/stream": {
    readonly parameters: { readonly task_id: string; };
    readonly query: { readonly from?: number | undefined; };
    readonly body: undefined;
    readonly reply: undefined;
    readonly event: TaskMetricsReply;
  };
  /** Run an ended task again, or go on from a checkpoint. */
  "POST /api/tasks/{task_id}/retry": {
    readonly parameters: { readonly task_id: string; };
    readonly query: undefined;
    readonly body: RetryTaskRequest;
    readonly reply: TaskReply;
    readonly event: undefined;
  };
  /** What a training may set: templates and arguments. */
  "GET /api/training/options": {
    readonly parameters: undefined;
    readonly query: undefined;
    readonly body: undefined;
    readonly reply: TrainingOptionsReply;
    readonly event: undefined;
  };
  /** Requests and tokens by day, model and key. */
  "GET /api/usage": {
    readonly parameters: undefined;
    readonly query: { readonly days?: number | undefined; readonly user?: string | undefined; };
    readonly body: undefined;
    readonly reply: UsageReply;
    readonly event: undefined;
  };
  /** Accounts, what each holds and may. */
  "GET /api/users": {
    readonly parameters: undefined;
    readonly query: { readonly search?: string | undefined; readonly limit?: number | undefined; };
    readonly body: undefined;
    readonly reply: AccountListReply;
    readonly event: undefined;
  };
  /** Make an account for somebody. */
  "POST /api/users": {
    readonly parameters: undefined;
    readonly query: undefined;
    readonly body: CreateUserRequest;
    readonly reply: AccountReply;
    readonly event: undefined;
  };
  /** Remove an account with all it holds: tasks are stopped, files go also on hosts; the last administrator stays. */
  "DELETE /api/users/{user_id}": {
    readonly parameters: { readonly user_id: string; };
    readonly query: undefined;
    readonly body: undefined;
    readonly reply: AccountRemovalReply;
    readonly event: undefined;
  };
  /** An account. */
  "GET /api/users/{user_id}": {
    readonly parameters: { readonly user_id: string; };
    readonly query: undefined;
    readonly body: undefined;
    readonly reply: AccountReply;
    readonly event: undefined;
  };
  /** Change an account's role and limits, lock or unlock it; the last administrator stays one. */
  "PATCH /api/users/{user_id}": {
    readonly parameters: { readonly user_id: string; };
    readonly query: undefined;
    readonly body: ChangeUserRequest;
    readonly reply: AccountReply;
    readonly event: undefined;
  };
  /** Give an account a new password; its tokens end, its API keys stay. */
  "POST /api/users/{user_id}/password": {
    readonly parameters: { readonly user_id: string; };
    readonly query: undefined;
    readonly body: SetPasswordRequest;
    readonly reply: MessageReply;
    readonly event: undefined;
  };
  /** The web page. */
  "GET /app": {
    readonly parameters: undefined;
    readonly query: undefined;
    readonly body: undefined;
    readonly reply: Blob;
    readonly event: undefined;
  };
  /** The web page, at one of its own addresses. */
  "GET /app/{path}": {
    readonly parameters: { readonly path: string; };
    readonly query: undefined;
    readonly body: undefined;
    readonly reply: Blob;
    readonly event: undefined;
  };
  /** A script, a style or a font of the web page. */
  "GET /assets/{name}": {
    readonly parameters: { readonly name: string; };
    readonly query: undefined;
    readonly body: undefined;
    readonly reply: Blob;
    readonly event: undefined;
  };
  /** Send a message; the reply is written to its end also when the caller leaves. */
  "POST /chat": {
    readonly parameters: undefined;
    readonly query: undefined;
    readonly body: SendMessageRequest;
    readonly reply: SendMessageReply;
    readonly event: ChatStreamEvent;
  };
  /** My conversations, the last used first. */
  "GET /conversations": {
    readonly parameters: undefined;
    readonly query: { readonly archived?: boolean | undefined; readonly tag?: string | undefined; readonly limit?: number | undefined; readonly after?: string | undefined; };
    readonly body: undefined;
    readonly reply: ConversationListReply;
    readonly event: undefined;
  };
  /** Begin a conversation; the newest are kept. */
  "POST /conversations": {
    readonly parameters: undefined;
    readonly query: undefined;
    readonly body: undefined;
    readonly reply: CreateConversationReply;
    readonly event: undefined;
  };
  /** All my conversations as one file. */
  "GET /conversations/export": {
    readonly parameters: undefined;
    readonly query: undefined;
    readonly body: undefined;
    readonly reply: unknown;
    readonly event: undefined;
  };
  /** Take in a file of Luthier's or OpenAI's export; what is there already stays as it is. */
  "POST /conversations/import": {
    readonly parameters: undefined;
    readonly query: undefined;
    readonly body: FormData;
    readonly reply: ImportReply;
    readonly event: undefined;
  };
  /** Messages that have every word; Chinese needs no blanks. */
  "GET /conversations/search": {
    readonly parameters: undefined;
    readonly query: { readonly q?: string | undefined; readonly limit?: number | undefined; };
    readonly body: undefined;
    readonly reply: ConversationSearchReply;
    readonly event: undefined;
  };
  /** Delete a conversation. */
  "DELETE /conversations/{session_id}": {
    readonly parameters: { readonly session_id: string; };
    readonly query: undefined;
    readonly body: undefined;
    readonly reply: MessageReply;
    readonly event: undefined;
  };
  /** A conversation without its messages. */
  "GET /conversations/{session_id}": {
    readonly parameters: { readonly session_id: string; };
    readonly query: undefined;
    readonly body: undefined;
    readonly reply: ConversationReply;
    readonly event: undefined;
  };
  /** Rename, pin, put away, tag, or change how its replies are asked for. */
  "PATCH /conversations/{session_id}": {
    readonly parameters: { readonly session_id: string; };
    readonly query: undefined;
    readonly body: UpdateConversationRequest;
    readonly reply: ConversationReply;
    readonly event: undefined;
  };
  /** Go over to the branch a message is on; nothing is lost. */
  "POST /conversations/{session_id}/branch": {
    readonly parameters: { readonly session_id: string; };
    readonly query: undefined;
    readonly body: SelectBranchRequest;
    readonly reply: HistoryReply;
    readonly event: undefined;
  };
  /** A conversation with all its branches as a file that can be imported. */
  "GET /conversations/{session_id}/export": {
    readonly parameters: { readonly session_id: string; };
    readonly query: undefined;
    readonly body: undefined;
    readonly reply: unknown;
    readonly event: undefined;
  };
  /** A conversation's chosen branch to read. */
  "GET /conversations/{session_id}/export.md": {
    readonly parameters: { readonly session_id: string; };
    readonly query: undefined;
    readonly body: undefined;
    readonly reply: Blob;
    readonly event: undefined;
  };
  /** The messages of a conversation. */
  "GET /conversations/{session_id}/history": {
    readonly parameters: { readonly session_id: string; };
    readonly query: undefined;
    readonly body: undefined;
    readonly reply: HistoryReply;
    readonly event: undefined;
  };
  /** Another reply to the same question; the earlier ones stay. */
  "POST /conversations/{session_id}/regenerate": {
    readonly parameters: { readonly session_id: string; };
    readonly query: undefined;
    readonly body: RegenerateRequest;
    readonly reply: HistoryReply;
    readonly event: ChatStreamEvent;
  };
  /** Stop the reply that is being written; what came is kept. */
  "DELETE /conversations/{session_id}/reply": {
    readonly parameters: { readonly session_id: string; };
    readonly query: undefined;
    readonly body: undefined;
    readonly reply: MessageReply;
    readonly event: undefined;
  };
  /** The rest of a reply that is being written; Last-Event-ID or from says what is there already. */
  "GET /conversations/{session_id}/reply": {
    readonly parameters: { readonly session_id: string; };
    readonly query: { readonly from?: number | undefined; };
    readonly body: undefined;
    readonly reply: undefined;
    readonly event: ChatStreamEvent;
  };
  /** The documentation as a page. */
  "GET /docs": {
    readonly parameters: undefined;
    readonly query: undefined;
    readonly body: undefined;
    readonly reply: Blob;
    readonly event: undefined;
  };
  /** The server in figures, as Prometheus reads them. */
  "GET /metrics": {
    readonly parameters: undefined;
    readonly query: undefined;
    readonly body: undefined;
    readonly reply: Blob;
    readonly event: undefined;
  };
  /** This document. */
  "GET /openapi.json": {
    readonly parameters: undefined;
    readonly query: undefined;
    readonly body: undefined;
    readonly reply: unknown;
    readonly event: undefined;
  };
  /** OpenAI's chat completions, relayed; streamed or whole. */
  "POST /v1/chat/completions": {
    readonly parameters: undefined;
    readonly query: undefined;
    readonly body: RelayChatRequest;
    readonly reply: OpenAIChatReply;
    readonly event: OpenAIChatReply;
  };
  /** OpenAI's completions, relayed; streamed or whole. */
  "POST /v1/completions": {
    readonly parameters: undefined;
    readonly query: undefined;
    readonly body: RelayCompletionRequest;
    readonly reply: unknown;
    readonly event: unknown;
  };
  /** OpenAI's embeddings, relayed. */
  "POST /v1/embeddings": {
    readonly parameters: undefined;
    readonly query: undefined;
    readonly body: RelayEmbeddingRequest;
    readonly reply: unknown;
    readonly event: undefined;
  };
  /** The models that can be named below /v1. */
  "GET /v1/models": {
    readonly parameters: undefined;
    readonly query: undefined;
    readonly body: undefined;
    readonly reply: OpenAIModelList;
    readonly event: undefined;
  };
  /** One of them; a slash in its name is sent as %2F. */
  "GET /v1/models/{name}": {
    readonly parameters: { readonly name: string; };
    readonly query: undefined;
    readonly body: undefined;
    readonly reply: OpenAIModelListModel;
    readonly event: undefined;
  };
}
