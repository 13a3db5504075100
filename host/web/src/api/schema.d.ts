// Made by script/ui types from /api/v1/openapi.json.
export interface paths {
    "/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The web page. */
        get: operations["getPage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/adapters": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What takes LoRAs and embeddings, with the parameters that a LoRA can be given. */
        get: operations["listAdapters"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/config": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The configuration in force; of secrets only how many there are. */
        get: operations["getConfig"];
        put?: never;
        /** Change keys that are `live`: now, and in a file beside the configuration for later starts. null takes one back to what is configured. */
        post: operations["changeConfig"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/embeddings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The embeddings (textual inversion) on disk, whose names are words of prompts. */
        get: operations["listEmbeddings"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The events of all jobs from now on as a stream (text/event-stream); Last-Event-ID resumes it. */
        get: operations["followAll"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/generate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The jobs, newest first, with what they were asked for. */
        get: operations["listJobs"];
        put?: never;
        /** Queue a job. The reply comes when the job is safely stored; Idempotency-Key makes it safe to send the request again. */
        post: operations["submitJob"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/generate/restore": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** What a picture was made with, as a request that makes it again, and what of it cannot be had here. */
        post: operations["restorePicture"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/generate/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A job's state and results. */
        get: operations["getJob"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/generate/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Cancel a job. A waiting one is cancelled at once; a running one at its next step. */
        post: operations["cancelJob"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/generate/{id}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A job's events as a stream (text/event-stream) that ends with the job; Last-Event-ID resumes it. */
        get: operations["followJob"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/generate/{id}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Try a failed job again: a new job with the same settings, seed included. Pictures that came with the request are kept for a day. */
        post: operations["retryJob"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether the server answers. */
        get: operations["getHealth"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/images": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The images that fit the filters, newest first. */
        get: operations["listImages"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/images/facets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What the images were made with: the models, samplers and LoRAs to filter by. */
        get: operations["getImageFacets"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/images/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One image, with all that is needed to make it again. */
        get: operations["getImage"];
        put?: never;
        post?: never;
        /** Delete an image and its file. */
        delete: operations["deleteImage"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/images/{id}/restore": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Take an image out of the trash. */
        post: operations["restoreImage"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/images/{id}/star": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Put a star on an image, or take it off. */
        post: operations["starImage"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/images/{id}/trash": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Move an image to the trash, which is emptied after 30 days. */
        post: operations["trashImage"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/logs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The last lines of the server's log, oldest first. */
        get: operations["getLog"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/loras": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The LoRAs on disk; one that cannot be used says why. */
        get: operations["listLoras"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The models on disk; one that cannot be used says why. */
        get: operations["listModels"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/models/download": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Get a model or a LoRA from the hub. */
        post: operations["startDownload"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/models/downloads": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The downloads, newest first. Their changes are events of the type download. */
        get: operations["listDownloads"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/models/downloads/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Take a download that has ended off the list. What it brought stays. */
        delete: operations["forgetDownload"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/models/downloads/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Stop a download; files that are not complete are deleted. */
        post: operations["cancelDownload"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/models/downloads/{id}/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Stop a download; what has come is kept. */
        post: operations["pauseDownload"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/models/downloads/{id}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Go on where a download stopped or failed. */
        post: operations["resumeDownload"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/models/hub": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** What a repository on the hub has to download: a model as a whole, single files, or both. */
        post: operations["browseHub"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/models/load": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Take a model into a worker's memory before a job needs it; the event model tells when. */
        post: operations["loadModel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/models/refresh": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Look for models, LoRAs and embeddings again. */
        post: operations["refreshModels"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/models/unload": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** End the workers that have a model in memory, once they are idle. */
        post: operations["unloadModel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** This document. */
        get: operations["getOpenApi"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/outputs/{file}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** An image's file (image/png). */
        get: operations["getOutput"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/pipelines": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What loads models, with the parameters that a request can give as pipeline_params. */
        get: operations["listPipelines"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/plugins": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Every plugin file that was found, whether it is used, and why not. */
        get: operations["listPlugins"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/prompt/parse": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** What a prompt means: its parts, schedule and weights, the LoRAs in it, and its tokens by chunk. What is wrong with it is part of the answer. */
        post: operations["parsePrompt"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/queue": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Running jobs (position 0) and waiting ones, in order. */
        get: operations["getQueue"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/queue/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Start no more jobs; running ones go on. Lasts over a restart. */
        post: operations["pauseQueue"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/queue/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Start jobs again. */
        post: operations["resumeQueue"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/queue/{id}/move": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Move a waiting job; position 1 is the front. */
        post: operations["moveJob"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/ready": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether the server can do its work: 503 until then. */
        get: operations["getReady"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/samplers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The samplers that jobs can name, with their parameters. */
        get: operations["listSamplers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/schedules": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The schedules that jobs can name, with their parameters. */
        get: operations["listSchedules"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/vaes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The autoencoders on their own, for a request's `vae`. */
        get: operations["listVaes"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/wildcards": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The wildcards that prompts can draw from. */
        get: operations["listWildcards"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/app.css": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A file of the web page. */
        get: operations["getPageStyle"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/app.js": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A file of the web page. */
        get: operations["getPageScript"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/icon.svg": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A file of the web page. */
        get: operations["getPageIcon"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        Accepted: {
            id: string;
            message: string;
            position: number;
            status: components["schemas"]["JobStatus"];
            warnings: string[];
        };
        Adapter: {
            aliases: string[];
            experimental: boolean;
            id: string;
            name: string;
            parameters: components["schemas"]["ParameterSchema"];
            plugin: string;
            plugin_version: string;
            summary: string;
            url: string | null;
        };
        AdapterList: {
            adapters: components["schemas"]["Adapter"][];
        };
        Cancelled: {
            id: string;
            message: string;
            /** @enum {string} */
            status: "cancelled" | "cancelling";
        };
        ConfigChange: {
            /** @description Where models run. auto takes a GPU where there is one, otherwise the processor. */
            "inference.device"?: string | number | boolean | null;
            /** @description Number format of the model. auto takes the fastest that is safe on the device. */
            "inference.dtype"?: string | number | boolean | null;
            /** @description Largest batch_size that a request may ask for. */
            "inference.max_batch_size"?: string | number | boolean | null;
            /** @description Largest width and height that a request may ask for, in pixels. */
            "inference.max_resolution"?: string | number | boolean | null;
            /** @description Memory that the models and jobs of all workers may take together; each worker gets an even share. Within it, the most recently used models stay loaded. auto: three quarters of the machine's memory, or of what the service's control group allows. On a GPU, say how much of its memory may be taken. */
            "inference.memory_limit"?: string | number | boolean | null;
            /** @description Processor threads of each worker. 0: one for each core. */
            "inference.threads"?: string | number | boolean | null;
            /** @description Whether pictures are decoded and encoded in strips, which takes less memory and gives the same picture but for rounding. auto: where the whole picture at once would take more than 1 GiB, or on a CPU, where strips are faster too, more than 128 MiB. */
            "inference.vae_tiling"?: string | number | boolean | null;
            /** @description The least important messages to keep. */
            "logging.level"?: string | number | boolean | null;
            /** @description Id of the model for requests that name none. Empty: the only one there is, the demo models aside. */
            "models.default"?: string | number | boolean | null;
            /** @description Id of the VAE for models that have none of their own, where a request names none. */
            "models.default_vae"?: string | number | boolean | null;
            /** @description Offer the small models that come with the program. One of them is the default while there is no other. */
            "models.demo"?: string | number | boolean | null;
            /** @description Access token of the hub, for private models and those whose terms have to be accepted. It is sent to models.hub_url and nowhere else. */
            "models.hub_token"?: string | number | boolean | null;
            /** @description Parameters of the pipeline for one model, where a request gives none: MODEL:KEY=VALUE, such as anime/some.safetensors:prediction=v_prediction. GET /pipelines lists them. */
            "models.params"?: string | number | boolean | null;
            /** @description How often a job is tried whose worker dies, counted anew after each picture. Before the second attempt it waits 1 second, then 4, then 16. */
            "queue.max_attempts"?: string | number | boolean | null;
            /** @description Jobs that may wait. Further requests get 429. */
            "queue.max_queue_size"?: string | number | boolean | null;
            /** @description Seconds that a job may run without progress, such as a step or a part of a model loaded, before its worker is stopped. 0: no limit. */
            "queue.stall_timeout"?: string | number | boolean | null;
            /** @description Seconds that a job may run in all before its worker is stopped. 0: no limit. */
            "queue.timeout"?: string | number | boolean | null;
        };
        ConfigKey: {
            choices: string[];
            help: string;
            /** @enum {string} */
            kind: "boolean" | "integer" | "number" | "size" | "string" | "list";
            live: boolean;
            maximum: number | null;
            minimum: number | null;
            name: string;
            origin: string;
            secret: boolean;
            /** @enum {string} */
            source: "default" | "file" | "changed" | "start";
            takes: string;
            value: string;
        };
        ConfigState: {
            changes_file: string | null;
            keys: components["schemas"]["ConfigKey"][];
            not_kept: string | null;
        };
        Deleted: {
            deleted: boolean;
            id: string;
        };
        Download: {
            bytes_done: number;
            bytes_total: number | null;
            commit: string | null;
            created_at: string;
            ended_at: string | null;
            error: components["schemas"]["JobError"] | null;
            files: components["schemas"]["DownloadFile"][];
            id: string;
            /** @enum {string} */
            kind: "model" | "lora";
            repo: string;
            revision: string;
            /** @enum {string} */
            state: "waiting" | "running" | "paused" | "completed" | "failed" | "cancelled";
        };
        DownloadFile: {
            bytes_done: number;
            checked: boolean;
            hash: string;
            path: string;
            size_bytes: number;
        };
        DownloadList: {
            count: number;
            downloads: components["schemas"]["Download"][];
        };
        DownloadRequest: {
            /** @description Which files to get. Left out: of a diffusers model what it needs, else the only file of weights. */
            files?: string[];
            /**
             * @description Where single files go: among the models or among the LoRAs.
             * @default model
             * @enum {string}
             */
            kind: "model" | "lora";
            /** @description The repository on the hub: org/name. */
            repo: string;
            /**
             * @description Branch, tag or commit.
             * @default main
             */
            revision: string;
            /** @description Weights to prefer where there are several, such as fp16. */
            variant?: string;
        };
        Embedding: {
            auto_v2: string | null;
            auto_v3: string | null;
            family: string | null;
            id: string;
            name: string;
            path: string;
            ready: boolean;
            reason: string | null;
            sha256: string | null;
            size_bytes: number;
            tokens: number | null;
            word: string | null;
        };
        EmbeddingList: {
            count: number;
            embeddings: components["schemas"]["Embedding"][];
        };
        Error: {
            error: {
                allowed?: string[];
                code: string;
                field?: string;
                message: string;
            };
        };
        FacetCount: {
            id: string;
            images: number;
        };
        FewSteps: {
            cfg_scale: number;
            kind: string;
            sampler: string;
            schedule: string;
            steps: number;
        };
        GenerateRequest: {
            /**
             * Format: int64
             * @description Images to make.
             * @default 1
             */
            batch_size: number;
            /**
             * @description Guidance scale: how closely the image follows the prompt.
             * @default 7.5
             */
            cfg_scale: number;
            /**
             * Format: int64
             * @description Which layer of the text encoder to use, counted from the last, which is 1. Default: the model's own.
             */
            clip_skip?: number;
            /**
             * Format: int64
             * @description The skip connection of the network above which the evaluations between are computed: 0 computes the least, each further one more. SD 1.x and 2.x have 0 to 11, SDXL 0 to 8.
             * @default 0
             */
            deep_cache_branch: number;
            /**
             * Format: int64
             * @description DeepCache: every how many evaluations of the model the whole network is computed; those between take its deep part from the last such one. Saves time, changes the picture. 1: all.
             * @default 1
             */
            deep_cache_interval: number;
            /**
             * Format: int64
             * @description ENSD: added to the seed for the noise that samplers add on the way, other than that of the SDE samplers' path. 0: they go on with the image's own.
             * @default 0
             */
            eta_noise_seed_delta: number;
            /** @description A picture whose settings count for every field that is left out: the id of one in the gallery, or a PNG file in base64 or as a data URL, of this program or of AUTOMATIC1111's kind. Default: none. */
            from_image?: string;
            /**
             * @description Fraction of the steps after which guidance ends; above guidance_start.
             * @default 1
             */
            guidance_end: number;
            /**
             * @description CFG rescale: how far the guided prediction gets back the deviation of the one without guidance, image by image. Helps models with zero terminal SNR; 0.7 is usual there.
             * @default 0
             */
            guidance_rescale: number;
            /**
             * @description Fraction of the steps after which guidance starts. Steps without guidance follow the prompt as with cfg_scale 1, and cost half.
             * @default 0
             */
            guidance_start: number;
            /**
             * Format: int64
             * @description Pixels. Default: the model's own.
             */
            height?: number;
            /** @description Picture to start from: a PNG, JPEG or WebP file in base64, or as a data URL. Never a path. */
            init_image?: string;
            /**
             * Format: int64
             * @description Pixels of init_image around the mask that only_masked paints along, to see what is there.
             * @default 32
             */
            inpaint_padding: number;
            /**
             * @description Paint the picture as a whole, at width x height; or only the part around the mask, at width x height, which is then put back into init_image at its own size.
             * @default whole
             * @enum {string}
             */
            inpaint_region: "whole" | "only_masked";
            /**
             * @description LoRAs to apply, with a weight each: {"name": …, "weight": 0.8}.
             * @default []
             */
            loras: ({
                block_weights?: number[];
                name?: string;
                /** @description Parameters of the adapter that GET /loras names, as GET /adapters describes them. */
                params?: Record<string, never>;
                path?: string;
                /** @description Of the text encoders. Default: weight. */
                text_weight?: number;
                /** @default 1 */
                weight: number;
            } & (unknown | unknown))[];
            /** @description Which part of init_image to paint anew: a picture like it, white where to paint and black elsewhere. Grey of 128 and more counts as white, and so does transparency. */
            mask?: string;
            /**
             * Format: int64
             * @description How soft the mask's edge is: sigma in pixels. This and the following fields have no effect without mask.
             * @default 4
             */
            mask_blur: number;
            /**
             * @description What is under the mask before it is painted: the picture itself, its surroundings run in (fill), latent noise, or latent zeros. At strength 1 nothing of it is left.
             * @default original
             * @enum {string}
             */
            mask_content: "original" | "fill" | "noise" | "zeros";
            /**
             * @description Paint where the mask is black.
             * @default false
             */
            mask_invert: boolean;
            /** @description Id of a model as GET /models lists it. Default: the configured one, or the only one there is, the demo models aside. */
            model?: string;
            /**
             * @description What the image should not show.
             * @default
             */
            negative_prompt: string;
            /** @description Perp-Neg: keeps away from the negative prompt only as far as that does not speak against the prompt, this strongly; 1 is usual. Costs an evaluation more a step. Default: plain guidance, from the negative prompt to the prompt. */
            perp_neg_scale?: number;
            /**
             * @description Parameters of the model's pipeline, as GET /pipelines describes them.
             * @default {}
             */
            pipeline_params: Record<string, never>;
            /**
             * Format: int64
             * @description Send a preview with the events every n steps; 0 sends none.
             * @default 0
             */
            preview: number;
            /** @description What the image shows; "" leaves it to the model. Default: that of from_image, without which it is required. */
            prompt?: string;
            /**
             * @description What brackets and the like mean in both prompts: "a1111" is the language of AUTOMATIC1111's web UI, "plain" takes everything as text.
             * @default a1111
             * @enum {string}
             */
            prompt_syntax: "a1111" | "plain";
            /**
             * @description How weights act on the prompt's encoding: "a1111" multiplies and keeps the mean, "comfy" moves away from the empty prompt's.
             * @default a1111
             * @enum {string}
             */
            prompt_weighting: "a1111" | "comfy";
            /** @description Id of a second model of the same family that takes the last steps, such as SDXL's refiner. Default: none. */
            refiner?: string;
            /**
             * @description Where the refiner takes over: the fraction of the noise schedule that is the model's. Without refiner it has no effect.
             * @default 0.8
             */
            refiner_start: number;
            /**
             * @description Id or alias of a sampler as GET /samplers lists it; the name of a schedule may follow, as in "DPM++ 2M Karras".
             * @default euler_a
             */
            sampler: string;
            /**
             * @description Parameters of the sampler, as GET /samplers describes them.
             * @default {}
             */
            sampler_params: Record<string, never>;
            /** @description Id or alias of a schedule as GET /schedules lists it. Default: the sampler's own. */
            schedule?: string;
            /**
             * @description Parameters of the schedule, as GET /schedules describes them.
             * @default {}
             */
            schedule_params: Record<string, never>;
            /**
             * Format: int64
             * @description Seed of the first image; image i of a batch has seed + i. -1 draws one, which the results report.
             * @default -1
             */
            seed: number;
            /**
             * Format: int64
             * @description Pixels. Begins with the noise that the seed has at this size, laid over the middle, so that the picture resembles that one. Width and height go together. Default: no other size.
             */
            seed_resize_from_height?: number;
            /**
             * Format: int64
             * @description Pixels. Begins with the noise that the seed has at this size, laid over the middle, so that the picture resembles that one. Width and height go together. Default: no other size.
             */
            seed_resize_from_width?: number;
            /** @description Noise levels to visit, falling, the last 0, instead of steps and a schedule: one more than steps. As for a schedule, strength takes the last of them. Default: the schedule's. */
            sigmas?: number[];
            /**
             * Format: int64
             * @description Sampling steps.
             * @default 20
             */
            steps: number;
            /**
             * @description How far to go from init_image: 1 ignores it, 0 takes no step and gives the picture as the model's autoencoder has it. Otherwise the last int(steps * strength) steps are taken, and there has to be one. Without init_image it has no effect.
             * @default 0.75
             */
            strength: number;
            /**
             * Format: int64
             * @description Variation seed, for subseed_strength; image i of a batch has subseed + i. -1 draws one, which the results report.
             * @default -1
             */
            subseed: number;
            /**
             * @description How far the initial noise goes from the seed's to the subseed's: 0 has the seed's, 1 the subseed's.
             * @default 0
             */
            subseed_strength: number;
            /** @description Id of a VAE as GET /vaes lists it, in place of the model's own. Default: the model's own. */
            vae?: string;
            /**
             * Format: int64
             * @description Pixels. Default: the model's own.
             */
            width?: number;
        };
        Health: {
            /** @enum {string} */
            status: "ok";
            time: string;
        };
        HubFile: {
            path: string;
            size_bytes: number;
        };
        HubRepo: {
            commit: string;
            files: components["schemas"]["HubFile"][];
            others: number;
            repo: string;
            revision: string;
            whole: components["schemas"]["HubWhole"] | null;
        };
        HubRequest: {
            /** @description The repository on the hub: org/name. */
            repo: string;
            /**
             * @description Branch, tag or commit.
             * @default main
             */
            revision: string;
            /** @description Weights to prefer where there are several, such as fp16. */
            variant?: string;
        };
        HubWhole: {
            files: number;
            size_bytes: number;
        };
        Image: {
            created_at: string;
            height: number;
            id: string;
            image_path: string;
            image_url: string;
            job_id: string;
            metadata: components["schemas"]["Metadata"];
            request: components["schemas"]["GenerateRequest"];
            seed: number;
            starred: boolean;
            trashed_at: string | null;
            width: number;
        };
        ImageFacets: {
            loras: components["schemas"]["FacetCount"][];
            models: components["schemas"]["FacetCount"][];
            samplers: components["schemas"]["FacetCount"][];
        };
        ImagePage: {
            count: number;
            images: components["schemas"]["Image"][];
            limit: number;
            offset: number;
            total: number;
        };
        Job: {
            attempts: number;
            completed_at: string | null;
            created_at: string | null;
            current_step: number;
            error: components["schemas"]["JobError"] | null;
            eta_seconds: number | null;
            id: string;
            position: number | null;
            progress: number;
            results: components["schemas"]["Result"][];
            started_at: string | null;
            status: components["schemas"]["JobStatus"];
            total_steps: number;
        };
        JobError: {
            code: string;
            message: string;
        };
        JobPage: {
            count: number;
            jobs: components["schemas"]["ListedJob"][];
            limit: number;
            offset: number;
            total: number;
        };
        /** @enum {string} */
        JobStatus: "queued" | "processing" | "completed" | "failed" | "cancelled";
        ListedJob: {
            attempts: number;
            completed_at: string | null;
            created_at: string | null;
            current_step: number;
            error: components["schemas"]["JobError"] | null;
            eta_seconds: number | null;
            id: string;
            position: number | null;
            progress: number;
            request: components["schemas"]["GenerateRequest"];
            results: components["schemas"]["Result"][];
            started_at: string | null;
            status: components["schemas"]["JobStatus"];
            total_steps: number;
        };
        LogLines: {
            lines: string[];
        };
        Lora: {
            adapter: string | null;
            alias: string | null;
            author: string | null;
            auto_v2: string | null;
            auto_v3: string | null;
            base_model: string | null;
            family: string | null;
            few_steps: components["schemas"]["FewSteps"] | null;
            id: string;
            name: string;
            path: string;
            ready: boolean;
            reason: string | null;
            sha256: string | null;
            size_bytes: number;
            tags: components["schemas"]["LoraTag"][];
            title: string | null;
            trigger_words: string[];
            type: string | null;
            words: components["schemas"]["LoraWord"][];
        };
        LoraList: {
            count: number;
            loras: components["schemas"]["Lora"][];
        };
        LoraTag: {
            count: number;
            tag: string;
        };
        LoraWord: {
            ready: boolean;
            reason: string | null;
            tokens: number | null;
            word: string;
        };
        MemoryNeed: {
            fits: boolean | null;
            weights_bytes: number;
            working_bytes: number;
        };
        Metadata: {
            [key: string]: unknown;
        };
        Model: {
            bundled: boolean;
            default_height: number | null;
            default_width: number | null;
            dtype: string | null;
            family: string | null;
            id: string;
            kind: string;
            loaded: boolean;
            memory: components["schemas"]["MemoryNeed"] | null;
            name: string;
            needs: string[];
            notes: string[];
            pipeline: string | null;
            ready: boolean;
            reason: string | null;
            size_bytes: number;
            traits: components["schemas"]["ModelTraits"];
            variant: string | null;
        };
        ModelChange: {
            model: string;
            /** @enum {string} */
            status: "loading" | "unloading";
        };
        ModelList: {
            count: number;
            default: string | null;
            models: components["schemas"]["Model"][];
            warnings: string[];
        };
        ModelRequest: {
            /** @description Id of the model. */
            model: string;
        };
        ModelTraits: {
            cfg_scale: number | null;
            family_name: string | null;
            largest_side: number | null;
            prompt: components["schemas"]["PromptTraits"] | null;
            sampler: string | null;
            schedule: string | null;
            size_multiple: number | null;
            sizes: components["schemas"]["PictureSize"][];
            smallest_side: number | null;
            steps: number | null;
        };
        MoveRequest: {
            position: number;
        };
        Moved: {
            id: string;
            position: number;
        };
        ParameterSchema: {
            [key: string]: unknown;
        };
        ParseRequest: {
            /** @description Id of a model as GET /models lists it. Default: the configured one, or the only one there is, the demo models aside. */
            model?: string;
            /**
             * @description Whether it is a negative prompt, which has no AND.
             * @default false
             */
            negative: boolean;
            /** @description The prompt. */
            prompt: string;
            /**
             * @description What brackets and the like mean in both prompts: "a1111" is the language of AUTOMATIC1111's web UI, "plain" takes everything as text.
             * @default a1111
             * @enum {string}
             */
            prompt_syntax: "a1111" | "plain";
            /**
             * Format: int64
             * @description Seed of the first image; image i of a batch has seed + i. -1 draws one, which the results report.
             * @default -1
             */
            seed: number;
            /**
             * Format: int64
             * @description Sampling steps.
             * @default 20
             */
            steps: number;
        };
        Paused: {
            paused: boolean;
        };
        PictureSize: {
            height: number;
            width: number;
        };
        Pipeline: {
            aliases: string[];
            experimental: boolean;
            id: string;
            name: string;
            parameters: components["schemas"]["ParameterSchema"];
            plugin: string;
            plugin_version: string;
            summary: string;
            url: string | null;
        };
        PipelineList: {
            pipelines: components["schemas"]["Pipeline"][];
        };
        Plugin: {
            abi_minor: number;
            engine: string | null;
            file: string;
            id: string | null;
            licence: string | null;
            min_host_minor: number;
            name: string | null;
            objects: components["schemas"]["PluginObject"][];
            reason: string | null;
            /** @enum {string} */
            state: "active" | "refused" | "quarantined" | "shadowed";
            url: string | null;
            vendor: string | null;
            version: string | null;
        };
        PluginList: {
            count: number;
            plugins: components["schemas"]["Plugin"][];
        };
        PluginObject: {
            id: string;
            kind: string;
            name: string;
        };
        PromptChunk: {
            count: number;
            ids: number[];
            weights: number[];
        };
        PromptEmbedding: {
            id: string | null;
            name: string;
            tokens: number | null;
        };
        PromptEntry: {
            encoders?: components["schemas"]["PromptTokens"][];
            segments: components["schemas"]["PromptSegment"][];
            token_count?: number;
            until_step: number;
        };
        PromptError: {
            allowed?: string[];
            code: string;
            field: string;
            message: string;
        };
        PromptLora: {
            block_weights: number[];
            id: string | null;
            name: string;
            text_weight: number;
            unet_weight: number;
        };
        PromptPart: {
            schedule: components["schemas"]["PromptEntry"][];
            weight: number;
        };
        PromptReport: {
            chunk_count: number | null;
            chunk_size: number | null;
            embeddings: components["schemas"]["PromptEmbedding"][];
            errors: components["schemas"]["PromptError"][];
            loras: components["schemas"]["PromptLora"][];
            model: string | null;
            parts: components["schemas"]["PromptPart"][];
            prompt: string;
            token_count: number | null;
        };
        PromptSegment: {
            break?: boolean;
            text?: string;
            weight?: number;
        };
        PromptTokens: {
            chunk_size: number;
            chunks: components["schemas"]["PromptChunk"][];
            token_count: number;
            tokenizer: string;
        };
        PromptTraits: {
            break: boolean;
            chunk_size: number | null;
            clip_skip: boolean;
            comfy_weights: boolean;
            embeddings: boolean;
            most_tokens: number | null;
            negative_prompt: boolean;
            weights: boolean;
        };
        QueueState: {
            count: number;
            paused: boolean;
            queue: components["schemas"]["QueuedJob"][];
        };
        QueuedJob: {
            id: string;
            position: number;
            progress: number;
            request: components["schemas"]["GenerateRequest"];
            status: components["schemas"]["JobStatus"];
        };
        Ready: {
            services: {
                queue: {
                    max_queue_size: number;
                    running: number;
                    /** @enum {string} */
                    status: "ok" | "paused";
                    waiting: number;
                };
                storage: {
                    free_bytes: number;
                    reason: string | null;
                    /** @enum {string} */
                    status: "ok" | "failing";
                };
                worker: {
                    status: string;
                    workers: components["schemas"]["WorkerState"][];
                };
            };
            /** @enum {string} */
            status: "ready" | "starting" | "failing";
            system: {
                cores: number;
                device: string;
                dtype: string;
                version: string;
                worker_memory_bytes: number;
            };
        };
        RestoreRequest: {
            /** @description Id of a picture in the gallery, or a PNG file in base64 or as a data URL. */
            from_image: string;
        };
        RestoredRequest: {
            request: components["schemas"]["GenerateRequest"];
            warnings: string[];
        };
        Result: {
            height: number;
            image_path: string;
            image_url: string;
            metadata: components["schemas"]["Metadata"];
            seed: number;
            width: number;
        };
        Sampler: {
            aliases: string[];
            default_schedule: string;
            experimental: boolean;
            few_steps: boolean;
            id: string;
            name: string;
            parameters: components["schemas"]["ParameterSchema"];
            plugin: string;
            plugin_version: string;
            stochastic: boolean;
            summary: string;
            url: string | null;
        };
        SamplerList: {
            samplers: components["schemas"]["Sampler"][];
        };
        Schedule: {
            aliases: string[];
            experimental: boolean;
            id: string;
            name: string;
            parameters: components["schemas"]["ParameterSchema"];
            plugin: string;
            plugin_version: string;
            summary: string;
            url: string | null;
        };
        ScheduleList: {
            schedules: components["schemas"]["Schedule"][];
        };
        StarRequest: {
            starred: boolean;
        };
        Vae: {
            dtype: string | null;
            encodes: boolean;
            id: string;
            kind: string;
            name: string;
            notes: string[];
            size_bytes: number;
        };
        VaeList: {
            count: number;
            vaes: components["schemas"]["Vae"][];
        };
        Wildcard: {
            lines: number | null;
            name: string;
            ready: boolean;
            reason: string | null;
        };
        WildcardList: {
            count: number;
            wildcards: components["schemas"]["Wildcard"][];
        };
        WorkerState: {
            job: string | null;
            loaded_model: string | null;
            loaded_models: string[];
            pid: number | null;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    getPage: {
        parameters: {
            query?: never;
            header?: {
                /** @description The ETag of the copy that the client has: 304 if that is the present one. */
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/html; charset=utf-8": unknown;
                };
            };
            /** @description Not Modified */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    listAdapters: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AdapterList"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getConfig: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConfigState"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    changeConfig: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ConfigChange"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConfigState"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    listEmbeddings: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EmbeddingList"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    followAll: {
        parameters: {
            query?: never;
            header?: {
                /** @description The last event that the client had; those after it come first. EventSource sends it. */
                "Last-Event-ID"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": unknown;
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    listJobs: {
        parameters: {
            query?: {
                /** @description Only jobs in this state. */
                status?: components["schemas"]["JobStatus"];
                /** @description Jobs in the reply. */
                limit?: number;
                /** @description Jobs to skip. */
                offset?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JobPage"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    submitJob: {
        parameters: {
            query?: never;
            header?: {
                /** @description With a key that came before, the same request returns the same job; another request is a 409. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["GenerateRequest"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Accepted"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Unsupported Media Type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    restorePicture: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RestoreRequest"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RestoredRequest"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Unsupported Media Type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getJob: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    cancelJob: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Cancelled"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    followJob: {
        parameters: {
            query?: never;
            header?: {
                /** @description The last event that the client had; those after it come first. EventSource sends it. */
                "Last-Event-ID"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": unknown;
                };
            };
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    retryJob: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Accepted"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getHealth: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
        };
    };
    listImages: {
        parameters: {
            query?: {
                /** @description Words that the prompt contains, all of them, in any order and case. */
                q?: string;
                /** @description Id of the model. */
                model?: string;
                /** @description Id of the sampler. */
                sampler?: string;
                /** @description Id of a LoRA that was applied. */
                lora?: string;
                /** @description true: only images with a star. */
                starred?: boolean;
                /** @description true: the images in the trash; otherwise those that are not. */
                trashed?: boolean;
                /** @description Made at this time or later: a day or a time in UTC, such as 2026-01-31T12:00:00.000Z. */
                since?: string;
                /** @description Made before this time. */
                until?: string;
                /** @description Images in the reply. */
                limit?: number;
                /** @description Images to skip. */
                offset?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ImagePage"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getImageFacets: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ImageFacets"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getImage: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Image"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    deleteImage: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Deleted"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    restoreImage: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Image"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    starImage: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["StarRequest"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Image"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    trashImage: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Image"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getLog: {
        parameters: {
            query?: {
                /** @description Lines in the reply. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LogLines"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    listLoras: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LoraList"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    listModels: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelList"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    startDownload: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DownloadRequest"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Download"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    listDownloads: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DownloadList"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    forgetDownload: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Deleted"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    cancelDownload: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Download"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    pauseDownload: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Download"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    resumeDownload: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Download"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    browseHub: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["HubRequest"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HubRepo"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Bad Gateway */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    loadModel: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ModelRequest"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelChange"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    refreshModels: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelList"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    unloadModel: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ModelRequest"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelChange"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getOpenApi: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getOutput: {
        parameters: {
            query?: never;
            header?: {
                /** @description The ETag of the copy that the client has: 304 if that is the present one. */
                "If-None-Match"?: string;
            };
            path: {
                file: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "image/png": unknown;
                };
            };
            /** @description Not Modified */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    listPipelines: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PipelineList"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    listPlugins: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PluginList"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    parsePrompt: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ParseRequest"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PromptReport"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Unsupported Media Type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getQueue: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QueueState"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    pauseQueue: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Paused"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    resumeQueue: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Paused"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    moveJob: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MoveRequest"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Moved"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getReady: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Ready"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Ready"];
                };
            };
        };
    };
    listSamplers: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SamplerList"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    listSchedules: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ScheduleList"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    listVaes: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VaeList"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    listWildcards: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WildcardList"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getPageStyle: {
        parameters: {
            query?: never;
            header?: {
                /** @description The ETag of the copy that the client has: 304 if that is the present one. */
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/css; charset=utf-8": unknown;
                };
            };
            /** @description Not Modified */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    getPageScript: {
        parameters: {
            query?: never;
            header?: {
                /** @description The ETag of the copy that the client has: 304 if that is the present one. */
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/javascript; charset=utf-8": unknown;
                };
            };
            /** @description Not Modified */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    getPageIcon: {
        parameters: {
            query?: never;
            header?: {
                /** @description The ETag of the copy that the client has: 304 if that is the present one. */
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "image/svg+xml": unknown;
                };
            };
            /** @description Not Modified */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
}
