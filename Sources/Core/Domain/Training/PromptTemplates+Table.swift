// Made by scripts/extract-templates.py from LLaMA-Factory 0.9.5; do not edit.

extension PromptTemplates {
  static let templateNames = """
    aeva alpaca bailing bailing_v2 breeze chatglm3 chatml chatml_de cohere cpm4 dbrx deepseek deepseek3
    deepseekcoder deepseekr1 default dots_ocr empty ernie ernie_nothink ernie_vl exaone falcon falcon_h1
    fewshot gemma gemma2 gemma3 gemma3n gemma4 gemma4n glm4 glm4_5v glm4_7 glm4_moe glm4v glm_ocr glmz1
    gpt_oss granite3 granite3_vision granite4 hunyuan hunyuan_small hy3 index intern2 intern_s1
    intern_vl keye_vl kimi_vl lfm2 lfm2_vl llama2 llama2_zh llama3 llama4 llava llava_next
    llava_next_llama3 llava_next_mistral llava_next_qwen llava_next_video llava_next_video_mistral
    llava_next_video_yi llava_next_yi mimo mimo_v2 mimo_vl minicpm_o minicpm_v minicpm_v_4_6 minimax1
    minimax2 ministral ministral3 mistral mistral_small mllama moonlight olmo openchat openchat-3.6
    opencoder paligemma paligemma_chat phi phi4 phi4_mini phi_small pixtral qwen qwen2_audio qwen2_omni
    qwen2_vl qwen3 qwen3_5 qwen3_5_nothink qwen3_6 qwen3_nothink qwen3_omni qwen3_omni_nothink qwen3_vl
    qwen3_vl_nothink sailor seed_coder seed_oss smollm smollm2 solar starchat telechat2 vicuna
    video_llava xuanyuan yi yi_vl youtu youtu_vl yuan zephyr
    """

  static let modelTable = """
    aeva
      aeva-flash-chat aeva-flash aeva-air-chat aeva-air aeva-chat aeva aeva-pro-chat aeva-pro
      aeva-max-chat aeva-max
    breeze
      breeze-7b-instruct breeze-7b-instruct-v1_0
    breeze~
      breeze-7b breeze-7b-base-v1_0
    chatglm3
      chatglm3-6b-chat chatglm3-6b
    chatglm3~
      chatglm3-6b-base
    cohere
      aya-23-8b-chat aya-23-8b aya-23-35b-chat aya-23-35b commandr-35b-chat c4ai-command-r-v01
      commandr-plus-104b-chat c4ai-command-r-plus commandr-35b-4bit-chat c4ai-command-r-v01-4bit
      commandr-plus-104b-4bit-chat c4ai-command-r-plus-4bit
    cpm4
      minicpm4-0.5b-chat minicpm4-0.5b minicpm4-8b-chat minicpm4-8b minicpm4.1-8b-chat minicpm4.1-8b
    dbrx
      dbrx-132b-instruct dbrx-instruct
    dbrx~
      dbrx-132b-base dbrx-base
    deepseek
      deepseek-llm-7b-chat deepseek-llm-67b-chat deepseek-math-7b-instruct deepseek-moe-16b-chat
      deepseek-v2-16b-chat deepseek-v2-lite-chat deepseek-v2-236b-chat deepseek-v2-chat
      deepseek-coder-v2-16b-instruct deepseek-coder-v2-lite-instruct deepseek-coder-v2-236b-instruct
      deepseek-coder-v2-instruct
    deepseek3
      deepseek-v2-0628-236b-chat deepseek-v2-chat-0628 deepseek-v2.5-236b-chat deepseek-v2.5
      deepseek-v2.5-1210-236b-chat deepseek-v2.5-1210 deepseek-v3-671b-chat deepseek-v3
      deepseek-v3-0324-671b-chat deepseek-v3-0324
    deepseek3~
      deepseek-v3-671b-base deepseek-v3-base
    deepseekcoder
      deepseek-coder-6.7b-instruct deepseek-coder-7b-instruct deepseek-coder-7b-instruct-v1.5
      deepseek-coder-33b-instruct
    deepseekcoder~
      deepseek-coder-6.7b-base deepseek-coder-7b-base deepseek-coder-7b-base-v1.5 deepseek-coder-33b-base
    deepseekr1
      deepseek-r1-1.5b-distill deepseek-r1-distill-qwen-1.5b deepseek-r1-7b-distill
      deepseek-r1-distill-qwen-7b deepseek-r1-8b-distill deepseek-r1-distill-llama-8b
      deepseek-r1-14b-distill deepseek-r1-distill-qwen-14b deepseek-r1-32b-distill
      deepseek-r1-distill-qwen-32b deepseek-r1-70b-distill deepseek-r1-distill-llama-70b
      deepseek-r1-671b-chat-zero deepseek-r1-zero deepseek-r1-671b-chat deepseek-r1
      deepseek-r1-0528-8b-distill deepseek-r1-0528-qwen3-8b deepseek-r1-0528-671b-chat deepseek-r1-0528
    deepseek~
      deepseek-llm-7b-base deepseek-llm-67b-base deepseek-math-7b-base deepseek-moe-16b-base
      deepseek-v2-16b-base deepseek-v2-lite deepseek-v2-236b-base deepseek-v2 deepseek-coder-v2-16b-base
      deepseek-coder-v2-lite-base deepseek-coder-v2-236b-base deepseek-coder-v2-base
    dots_ocr
      dots.ocr
    ernie
      ernie-4.5-21b-a3b-thinking
    ernie_nothink
      ernie-4.5-0.3b-instruct ernie-4.5-0.3b-pt ernie-4.5-21b-a3b-instruct ernie-4.5-21b-a3b-pt
      ernie-4.5-300b-a47b-instruct ernie-4.5-300b-a47b-pt
    ernie_vl
      ernie-4.5-vl-28b-a3b-instruct ernie-4.5-vl-28b-a3b-pt ernie-4.5-vl-28b-a3b-thinking
      ernie-4.5-vl-424b-a47b-instruct ernie-4.5-vl-424b-a47b-pt
    exaone
      exaone-3.0-7.8b-instruct
    falcon
      falcon-7b-instruct falcon-40b-instruct falcon-180b-chat
    falcon_h1
      falcon-h1-0.5b-instruct falcon-h1-1.5b-instruct falcon-h1-1.5b-deep-instruct falcon-h1-3b-instruct
      falcon-h1-7b-instruct falcon-h1-34b-instruct
    falcon_h1~
      falcon-h1-0.5b-base falcon-h1-1.5b-base falcon-h1-1.5b-deep-base falcon-h1-3b-base falcon-h1-7b-base
      falcon-h1-34b-base
    falcon~
      falcon-7b falcon-11b falcon-40b falcon-180b
    gemma
      codegemma-7b-instruct codegemma-7b-it codegemma-1.1-7b-instruct codegemma-1.1-7b-it
      gemma-2b-instruct gemma-2b-it gemma-7b gemma-7b-instruct gemma-7b-it gemma-1.1-2b-instruct
      gemma-1.1-2b-it gemma-1.1-7b-instruct gemma-1.1-7b-it
    gemma2
      gemma-2-2b-instruct gemma-2-2b-it gemma-2-9b-instruct gemma-2-9b-it gemma-2-27b-instruct
      gemma-2-27b-it gemma-3-270m-instruct gemma-3-270m-it gemma-3-1b-instruct gemma-3-1b-it
      medgemma-27b-instruct medgemma-27b-text-it
    gemma2~
      gemma-2-2b gemma-2-9b gemma-2-27b gemma-3-270m gemma-3-1b gemma-3-1b-pt
    gemma3
      gemma-3-4b gemma-3-4b-pt gemma-3-12b gemma-3-12b-pt gemma-3-27b gemma-3-27b-pt gemma-3-4b-instruct
      gemma-3-4b-it gemma-3-12b-instruct gemma-3-12b-it gemma-3-27b-instruct gemma-3-27b-it medgemma-4b
      medgemma-4b-pt medgemma-4b-instruct medgemma-4b-it medgemma-27b-instruct medgemma-27b-text-it
    gemma3n
      gemma-3n-e2b gemma-3n-e4b gemma-3n-e2b-instruct gemma-3n-e2b-it gemma-3n-e4b-instruct
      gemma-3n-e4b-it
    gemma4
      gemma-4-26b-a4b-thinking gemma-4-26b-a4b-it gemma-4-31b-thinking gemma-4-31b-it
    gemma4n
      gemma-4-e2b-thinking gemma-4-e2b-it gemma-4-e4b-thinking gemma-4-e4b-it
    gemma~
      codegemma-7b codegemma-1.1-2b gemma-2b gemma-7b gemma-2b-it
    glm4
      glm-4-9b-chat glm-4-9b-1m-chat glm-4-9b-chat-1m glm-4-0414-9b-chat glm-4-9b-0414 glm-4-0414-32b-chat
      glm-4-32b-0414
    glm4_5v
      glm-4.5v-air-thinking glm-4.5v glm-4.6v glm-4.6v-flash
    glm4_7~
      glm-4.7-flash
    glm4_moe
      glm-4.5-air-thinking glm-4.5-air glm-4.5-thinking glm-4.5
    glm4_moe~
      glm-4.5-air-base glm-4.5-base
    glm4v
      glm-4.1v-9b-base glm-4.1v-9b-thinking
    glm4~
      glm-4-9b glm-4-0414-32b-base glm-4-32b-base-0414
    glm_ocr
      glm-ocr
    glmz1
      glm-z1-0414-9b-chat glm-z1-9b-0414 glm-z1-0414-32b-chat glm-z1-32b-0414
    gpt_oss
      gpt-oss-20b-thinking gpt-oss-20b gpt-oss-120b-thinking gpt-oss-120b
    granite3
      granite-3.0-1b-a400m-instruct granite-3.0-3b-a800m-instruct granite-3.0-2b-instruct
      granite-3.0-8b-instruct granite-3.1-1b-a400m-instruct granite-3.1-3b-a800m-instruct
      granite-3.1-2b-instruct granite-3.1-8b-instruct granite-3.2-2b-instruct granite-3.2-8b-instruct
      granite-3.3-2b-instruct granite-3.3-8b-instruct
    granite3_vision
      granite-vision-3.2-2b
    granite3~
      granite-3.0-1b-a400m-base granite-3.0-3b-a800m-base granite-3.0-2b-base granite-3.0-8b-base
      granite-3.1-1b-a400m-base granite-3.1-3b-a800m-base granite-3.1-2b-base granite-3.1-8b-base
      granite-3.3-2b-base granite-3.3-8b-base
    granite4~
      granite-4.0-tiny-preview
    hunyuan
      hunyuan-0.5b-instruct hunyuan-1.8b-instruct hunyuan-4b-instruct hunyuan-7b-instruct
      hunyuan-mt-7b-instruct hunyuan-mt-7b hy-mt1.5-7b-instruct hy-mt1.5-7b hunyuan-a13b-instruct
    hunyuan_small
      hy-mt1.5-1.8b-instruct hy-mt1.5-1.8b
    hy3~
      hy3-preview
    index
      index-1.9b-chat index-1.9b-character-chat index-1.9b-character index-1.9b-chat-32k index-1.9b-32k
    index~
      index-1.9b-base index-1.9b index-1.9b-base-pure index-1.9b-pure
    intern2
      internlm2-7b-chat internlm2-chat-7b internlm2-20b-chat internlm2-chat-20b internlm2.5-1.8b-chat
      internlm2_5-1_8b-chat internlm2.5-7b-chat internlm2_5-7b-chat internlm2.5-7b-1m-chat
      internlm2_5-7b-chat-1m internlm2.5-20b-chat internlm2_5-20b-chat internlm3-8b-chat
      internlm3-8b-instruct
    intern2~
      internlm2-7b internlm2-20b internlm2.5-1.8b internlm2_5-1_8b internlm2.5-7b internlm2_5-7b
      internlm2.5-20b internlm2_5-20b
    intern_s1
      intern-s1-mini
    intern_vl
      internvl2.5-2b-mpo internvl2_5-2b-mpo-hf internvl2.5-8b-mpo internvl2_5-8b-mpo-hf internvl3-1b-hf
      internvl3-2b-hf internvl3-8b-hf internvl3-14b-hf internvl3-38b-hf internvl3-78b-hf internvl3.5-1b-hf
      internvl3_5-1b-hf internvl3.5-2b-hf internvl3_5-2b-hf internvl3.5-4b-hf internvl3_5-4b-hf
      internvl3.5-8b-hf internvl3_5-8b-hf internvl3.5-14b-hf internvl3_5-14b-hf internvl3.5-30b-a3b-hf
      internvl3_5-30b-a3b-hf internvl3.5-38b-hf internvl3_5-38b-hf
    keye_vl
      keye-vl-8b-chat keye-vl-8b-preview
    kimi_vl
      kimi-vl-a3b-instruct kimi-vl-a3b-thinking kimi-vl-a3b-thinking-2506
    lfm2
      lfm2.5-1.2b-instruct
    lfm2_vl
      lfm2.5-vl-1.6b
    lfm2~
      lfm2.5-1.2b lfm2.5-1.2b-base
    llama2
      llama-2-7b-chat llama-2-7b-chat-hf llama-2-7b-chat-ms llama-2-13b-chat llama-2-13b-chat-hf
      llama-2-13b-chat-ms llama-2-70b-chat llama-2-70b-chat-hf llama-2-70b-chat-ms
    llama2_zh
      chinese-alpaca-2-1.3b-chat chinese-alpaca-2-1.3b chinese-alpaca-2-7b-chat chinese-alpaca-2-7b
      chinese-alpaca-2-13b-chat chinese-alpaca-2-13b
    llama2_zh~
      chinese-llama-2-1.3b chinese-llama-2-7b chinese-llama-2-13b
    llama2~
      llama-2-7b llama-2-7b-hf llama-2-7b-ms llama-2-13b llama-2-13b-hf llama-2-13b-ms llama-2-70b
      llama-2-70b-hf llama-2-70b-ms
    llama3
      llama-3-8b-instruct meta-llama-3-8b-instruct llama-3-70b-instruct meta-llama-3-70b-instruct
      llama-3-8b-chinese-chat llama3-8b-chinese-chat llama3-chinese-8b-instruct llama-3-70b-chinese-chat
      llama3-70b-chinese-chat llama-3.1-8b-instruct meta-llama-3.1-8b-instruct llama-3.1-70b-instruct
      meta-llama-3.1-70b-instruct llama-3.1-405b-instruct meta-llama-3.1-405b-instruct
      llama-3.1-8b-chinese-chat llama3.1-8b-chinese-chat llama-3.1-70b-chinese-chat
      llama3.1-70b-chinese-chat llama-3.2-1b-instruct llama-3.2-3b-instruct llama-3.3-70b-instruct
      mobilellm-r1-140m-instruct mobilellm-r1-140m mobilellm-r1-360m-instruct mobilellm-r1-360m
      mobilellm-r1-950m-instruct mobilellm-r1-950m
    llama3~
      llama-3-8b meta-llama-3-8b llama-3-70b meta-llama-3-70b llama-3.1-8b meta-llama-3.1-8b llama-3.1-70b
      meta-llama-3.1-70b llama-3.1-405b meta-llama-3.1-405b llama-3.2-1b llama-3.2-3b
      mobilellm-r1-140m-base mobilellm-r1-360m-base mobilellm-r1-950m-base
    llama4
      llama-4-scout-17b-16e llama-4-scout-17b-16e-instruct llama-4-maverick-17b-128e
      llama-4-maverick-17b-128e-instruct
    llava
      llava-1.5-7b-chat llava-1.5-7b-hf llava-1.5-13b-chat llava-1.5-13b-hf
    llava_next
      llava-next-7b-chat llava-v1.6-vicuna-7b-hf llava-next-13b-chat llava-v1.6-vicuna-13b-hf
    llava_next_llama3
      llava-next-llama3-8b-chat llama3-llava-next-8b-hf
    llava_next_mistral
      llava-next-mistral-7b-chat llava-v1.6-mistral-7b-hf
    llava_next_qwen
      llava-next-72b-chat llava-next-72b-hf llava-next-110b-chat llava-next-110b-hf
    llava_next_video
      llava-next-video-7b-chat llava-next-video-7b-hf llava-next-video-7b-dpo-chat
      llava-next-video-7b-dpo-hf
    llava_next_video_mistral
      llava-next-video-7b-32k-chat llava-next-video-7b-32k-hf
    llava_next_video_yi
      llava-next-video-34b-chat llava-next-video-34b-hf llava-next-video-34b-dpo-chat
      llava-next-video-34b-dpo-hf
    llava_next_yi
      llava-next-34b-chat llava-v1.6-34b-hf
    mimo
      mimo-7b-instruct mimo-7b-sft mimo-7b-instruct-rl mimo-7b-rl
    mimo_v2~
      mimo-v2-flash-base mimo-v2-flash
    mimo_vl
      mimo-7b-vl-rl mimo-vl-7b-rl mimo-vl-7b-rl-2508
    mimo~
      mimo-7b-base mimo-7b-rl-zero
    minicpm_o
      minicpm-o-2.6 minicpm-o-2_6 minicpm-o-4_5
    minicpm_v
      minicpm-v-2.6 minicpm-v-2_6 minicpm-v-4 minicpm-v-4.5 minicpm-v-4_5
    minicpm_v_4_6
      minicpm-v-4.6 minicpm-v-4_6
    minimax1
      minimax-text-01-instruct minimax-text-01-hf minimax-text-01 minimax-m1-40k-thinking
      minimax-m1-40k-hf minimax-m1-80k-thinking minimax-m1-80k-hf
    minimax2
      minimax-m2-thinking minimax-m2 minimax-m2.1-thinking minimax-m2.1
    ministral
      ministral-8b-instruct-2410 mistral-nemo-instruct-2407
    ministral3
      ministral-3-3b-base-2512 ministral-3-8b-base-2512 ministral-3-14b-base-2512
      ministral-3-3b-instruct-2512 ministral-3-8b-instruct-2512 ministral-3-14b-instruct-2512
    ministral~
      mistral-nemo-base-2407
    mistral
      codestral-22b-v0.1-chat codestral-22b-v0.1 mistral-7b-instruct-v0.1 mistral-7b-instruct-v0.2
      mistral-7b-instruct-v0.3 mixtral-8x7b-v0.1-instruct mixtral-8x7b-instruct-v0.1
      mixtral-8x22b-v0.1-instruct mixtral-8x22b-instruct-v0.1
    mistral_small
      devstral-small-2507-instruct devstral-small-2507 mistral-small-24b-instruct-2501
      mistral-small-3.1-24b-base mistral-small-3.1-24b-base-2503 mistral-small-3.1-24b-instruct
      mistral-small-3.1-24b-instruct-2503 mistral-small-3.2-24b-instruct
      mistral-small-3.2-24b-instruct-2506
    mistral_small~
      mistral-small-24b-base-2501
    mistral~
      mistral-7b-v0.1 mistral-7b-v0.2 mistral-7b-v0.2-hf mistral-7b-v0.3 mixtral-8x7b-v0.1
      mixtral-8x22b-v0.1
    mllama
      llama-3.2-11b-vision llama-3.2-11b-vision-instruct llama-3.2-90b-vision
      llama-3.2-90b-vision-instruct
    moonlight
      moonlight-16b-a3b-instruct
    moonlight~
      moonlight-16b-a3b
    openchat
      openchat3.5-7b-chat openchat-3.5-0106
    openchat-3.6
      openchat3.6-8b-chat openchat-3.6-8b-20240522
    opencoder
      opencoder-1.5b-instruct opencoder-8b-instruct
    opencoder~
      opencoder-1.5b-base opencoder-8b-base
    paligemma
      paligemma-3b-pt-224 paligemma-3b-pt-448 paligemma-3b-pt-896 paligemma-3b-mix-224
      paligemma-3b-mix-448 paligemma2-3b-pt-224 paligemma2-3b-pt-448 paligemma2-3b-pt-896
      paligemma2-10b-pt-224 paligemma2-10b-pt-448 paligemma2-10b-pt-896 paligemma2-28b-pt-224
      paligemma2-28b-pt-448 paligemma2-28b-pt-896 paligemma2-3b-mix-224 paligemma2-3b-mix-224-bf16
      paligemma2-3b-mix-448 paligemma2-3b-mix-448-bf16 paligemma2-10b-mix-224 paligemma2-10b-mix-224-bf16
      paligemma2-10b-mix-448 paligemma2-10b-mix-448-bf16 paligemma2-28b-mix-224
      paligemma2-28b-mix-224-bf16 paligemma2-28b-mix-448 paligemma2-28b-mix-448-bf16
    phi
      phi-3-4b-4k-instruct phi-3-mini-4k-instruct phi-3-4b-128k-instruct phi-3-mini-128k-instruct
      phi-3-14b-8k-instruct phi-3-medium-4k-instruct phi-3-14b-128k-instruct phi-3-medium-128k-instruct
    phi4
      phi-4-14b-instruct phi-4
    phi4_mini~
      phi-4-3.8b-instruct phi-4-mini-instruct
    phi_small
      phi-3-7b-8k-instruct phi-3-small-8k-instruct phi-3-7b-128k-instruct phi-3-small-128k-instruct
    phi~
      phi-3.5-4b-instruct phi-3.5-mini-instruct phi-3.5-moe-42b-a6.6b-instruct phi-3.5-moe-instruct
    pixtral
      pixtral-12b
    qwen
      kimi-dev-72b-instruct kimi-dev-72b qwen2-0.5b-instruct qwen2-1.5b-instruct qwen2-7b-instruct
      qwen2-72b-instruct qwen2-moe-57b-a14b-instruct qwen2-57b-a14b-instruct qwen2-0.5b-instruct-gptq-int8
      qwen2-0.5b-instruct-gptq-int4 qwen2-0.5b-instruct-awq qwen2-1.5b-instruct-gptq-int8
      qwen2-1.5b-instruct-gptq-int4 qwen2-1.5b-instruct-awq qwen2-7b-instruct-gptq-int8
      qwen2-7b-instruct-gptq-int4 qwen2-7b-instruct-awq qwen2-72b-instruct-gptq-int8
      qwen2-72b-instruct-gptq-int4 qwen2-72b-instruct-awq qwen2-57b-a14b-instruct-gptq-int4
      qwen2-math-1.5b-instruct qwen2-math-7b-instruct qwen2-math-72b-instruct qwen2.5-0.5b-instruct
      qwen2.5-1.5b-instruct qwen2.5-3b-instruct qwen2.5-7b-instruct qwen2.5-14b-instruct
      qwen2.5-32b-instruct qwen2.5-72b-instruct qwen2.5-7b-instruct-1m qwen2.5-14b-instruct-1m
      qwen2.5-0.5b-instruct-gptq-int8 qwen2.5-0.5b-instruct-gptq-int4 qwen2.5-0.5b-instruct-awq
      qwen2.5-1.5b-instruct-gptq-int8 qwen2.5-1.5b-instruct-gptq-int4 qwen2.5-1.5b-instruct-awq
      qwen2.5-3b-instruct-gptq-int8 qwen2.5-3b-instruct-gptq-int4 qwen2.5-3b-instruct-awq
      qwen2.5-7b-instruct-gptq-int8 qwen2.5-7b-instruct-gptq-int4 qwen2.5-7b-instruct-awq
      qwen2.5-14b-instruct-gptq-int8 qwen2.5-14b-instruct-gptq-int4 qwen2.5-14b-instruct-awq
      qwen2.5-32b-instruct-gptq-int8 qwen2.5-32b-instruct-gptq-int4 qwen2.5-32b-instruct-awq
      qwen2.5-72b-instruct-gptq-int8 qwen2.5-72b-instruct-gptq-int4 qwen2.5-72b-instruct-awq
      qwen2.5-coder-0.5b-instruct qwen2.5-coder-1.5b-instruct qwen2.5-coder-3b-instruct
      qwen2.5-coder-7b-instruct qwen2.5-coder-14b-instruct qwen2.5-coder-32b-instruct
      qwen2.5-math-1.5b-instruct qwen2.5-math-7b-instruct qwen2.5-math-72b-instruct
      qwen2.5-coder-72b-instruct qwq-32b-preview-instruct qwq-32b-preview qwq-32b-instruct qwq-32b
    qwen2_audio
      qwen2-audio-7b qwen2-audio-7b-instruct
    qwen2_omni
      qwen2.5-omni-3b qwen2.5-omni-7b qwen2.5-omni-7b-gptq-int4 qwen2.5-omni-7b-awq
    qwen2_vl
      mimo-7b-vl-instruct mimo-vl-7b-sft mimo-vl-7b-sft-2508 qwen2-vl-2b qwen2-vl-7b qwen2-vl-72b
      qwen2-vl-2b-instruct qwen2-vl-7b-instruct qwen2-vl-72b-instruct qwen2-vl-2b-instruct-gptq-int8
      qwen2-vl-2b-instruct-gptq-int4 qwen2-vl-2b-instruct-awq qwen2-vl-7b-instruct-gptq-int8
      qwen2-vl-7b-instruct-gptq-int4 qwen2-vl-7b-instruct-awq qwen2-vl-72b-instruct-gptq-int8
      qwen2-vl-72b-instruct-gptq-int4 qwen2-vl-72b-instruct-awq qvq-72b-preview qwen2.5-vl-3b-instruct
      qwen2.5-vl-7b-instruct qwen2.5-vl-32b-instruct qwen2.5-vl-72b-instruct qwen2.5-vl-3b-instruct-awq
      qwen2.5-vl-7b-instruct-awq qwen2.5-vl-72b-instruct-awq
    qwen3
      qwen3-0.6b-thinking qwen3-0.6b qwen3-1.7b-thinking qwen3-1.7b qwen3-4b-thinking qwen3-4b
      qwen3-4b-thinking-2507 qwen3-8b-thinking qwen3-8b qwen3-14b-thinking qwen3-14b qwen3-32b-thinking
      qwen3-32b qwen3-30b-a3b-thinking qwen3-30b-a3b qwen3-30b-a3b-thinking-2507 qwen3-235b-a22b-thinking
      qwen3-235b-a22b qwen3-235b-a22b-thinking-2507 qwen3-0.6b-thinking-gptq-int8 qwen3-0.6b-gptq-int8
      qwen3-1.7b-thinking-gptq-int8 qwen3-1.7b-gptq-int8 qwen3-4b-thinking-awq qwen3-4b-awq
      qwen3-8b-thinking-awq qwen3-8b-awq qwen3-14b-thinking-awq qwen3-14b-awq qwen3-32b-thinking-awq
      qwen3-32b-awq qwen3-30b-a3b-thinking-gptq-int4 qwen3-30b-a3b-gptq-int4
      qwen3-235b-a22b-thinking-gptq-int4 qwen3-235b-a22b-gptq-int4 qwen3-next-80b-a3b-thinking
    qwen3_5
      qwen3.5-0.8b-base qwen3.5-2b-base qwen3.5-4b-base qwen3.5-9b-base qwen3.5-35b-a3b-base
      qwen3.5-0.8b-thinking qwen3.5-0.8b qwen3.5-2b-thinking qwen3.5-2b qwen3.5-4b-thinking qwen3.5-4b
      qwen3.5-9b-thinking qwen3.5-9b qwen3.5-27b-thinking qwen3.5-27b qwen3.5-35b-a3b-thinking
      qwen3.5-35b-a3b qwen3.5-122b-a10b-thinking qwen3.5-122b-a10b qwen3.5-397b-a17b-thinking
      qwen3.5-397b-a17b
    qwen3_nothink
      qwen3-4b-instruct-2507 qwen3-30b-a3b-instruct-2507 qwen3-235b-a22b-instruct-2507
      qwen3-next-80b-a3b-instruct
    qwen3_omni
      qwen3-omni-30b-a3b-thinking
    qwen3_omni_nothink
      qwen3-omni-30b-a3b-captioner qwen3-omni-30b-a3b-instruct
    qwen3_vl
      qwen3-vl-2b-thinking qwen3-vl-4b-thinking qwen3-vl-8b-thinking qwen3-vl-32b-thinking
      qwen3-vl-30b-a3b-thinking qwen3-vl-235b-a22b-thinking
    qwen3_vl_nothink
      qwen3-vl-2b-instruct qwen3-vl-4b-instruct qwen3-vl-8b-instruct qwen3-vl-32b-instruct
      qwen3-vl-30b-a3b-instruct qwen3-vl-235b-a22b-instruct
    qwen3~
      qwen3-0.6b-base qwen3-1.7b-base qwen3-4b-base qwen3-8b-base qwen3-14b-base qwen3-30b-a3b-base
      vibethinker-1.5b
    qwen~
      qwen2-0.5b qwen2-1.5b qwen2-7b qwen2-72b qwen2-moe-57b-a14b qwen2-57b-a14b qwen2-math-1.5b
      qwen2-math-7b qwen2-math-72b qwen2.5-0.5b qwen2.5-1.5b qwen2.5-3b qwen2.5-7b qwen2.5-14b qwen2.5-32b
      qwen2.5-72b qwen2.5-coder-0.5b qwen2.5-coder-1.5b qwen2.5-coder-3b qwen2.5-coder-7b
      qwen2.5-coder-14b qwen2.5-coder-32b qwen2.5-math-1.5b qwen2.5-math-7b qwen2.5-math-72b
    seed_coder
      seed-coder-8b-instruct seed-coder-8b-thinking seed-coder-8b-reasoning-bf16
    seed_coder~
      seed-coder-8b-base
    seed_oss
      seed-oss-36b-instruct
    seed_oss~
      seed-oss-36b-base seed-oss-36b-base-wosyn
    smollm
      smollm-135m-instruct smollm-360m-instruct smollm-1.7b-instruct
    smollm2
      smollm2-135m-instruct smollm2-360m-instruct smollm2-1.7b-instruct
    smollm2~
      smollm2-135m smollm2-360m smollm2-1.7b
    smollm~
      smollm-135m smollm-360m smollm-1.7b
    solar
      solar-10.7b-instruct-v1.0
    solar~
      solar-10.7b-v1.0
    telechat2
      telechat2-3b-chat telechat2-3b telechat2-7b-chat telechat2-7b telechat2-115b-chat telechat2-115b
      telechat2.5-35b-chat telechat2.5-35b telechat2-35b-nov
    vicuna
      vicuna-v1.5-7b-chat vicuna-7b-v1.5 vicuna-v1.5-13b-chat vicuna-13b-v1.5
    video_llava
      video-llava-7b-chat video-llava-7b-hf
    xuanyuan
      xuanyuan-6b-chat xuanyuan-70b-chat xuanyuan2-70b-chat xuanyuan-6b-chat-8bit xuanyuan-6b-chat-4bit
      xuanyuan-70b-chat-8bit xuanyuan-70b-chat-4bit xuanyuan2-70b-chat-8bit xuanyuan2-70b-chat-4bit
    xuanyuan~
      xuanyuan-6b xuanyuan-70b xuanyuan2-70b
    yi
      yi-6b-chat yi-34b-chat yi-6b-chat-8bits yi-6b-chat-4bits yi-34b-chat-8bits yi-34b-chat-4bits
      yi-1.5-6b-chat yi-1.5-9b-chat yi-1.5-34b-chat yi-coder-1.5b-chat yi-coder-9b-chat
    yi_vl
      yi-vl-6b-chat yi-vl-6b-hf yi-vl-34b-chat yi-vl-34b-hf
    yi~
      yi-6b yi-9b yi-34b yi-1.5-6b yi-1.5-9b yi-1.5-34b yi-coder-1.5b yi-coder-9b
    youtu
      youtu-llm-2b-instruct youtu-llm-2b
    youtu_vl
      youtu-vl-4b-instruct
    youtu~
      youtu-llm-2b-base
    yuan
      yuan2-2b-chat yuan2-2b-hf yuan2.0-2b-hf yuan2-51b-chat yuan2-51b-hf yuan2.0-51b-hf yuan2-102b-chat
      yuan2-102b-hf yuan2.0-102b-hf
    zephyr
      zephyr-7b-alpha-chat zephyr-7b-alpha zephyr-7b-beta-chat zephyr-7b-beta zephyr-141b-orpo-chat
      zephyr-orpo-141b-a35b-v0.1
    """
}
