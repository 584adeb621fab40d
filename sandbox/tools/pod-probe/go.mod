module llm-platform/sandbox/tools/pod-probe

go 1.26.0
