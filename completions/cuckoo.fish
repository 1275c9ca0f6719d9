# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_cuckoo_global_optspecs
    string join \n n/network= rpc-url= config= json headers q/quiet v/verbose color= log= log-format= y/yes no-input no-progress timeout= a/account= keystore= keystore-dir= password-file= private-key-file= ledger hd-path= from= private-key= h/help V/version
end

function __fish_cuckoo_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_cuckoo_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_cuckoo_using_subcommand
    set -l cmd (__fish_cuckoo_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c cuckoo -n "__fish_cuckoo_needs_command" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_needs_command" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_needs_command" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_needs_command" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_needs_command" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_needs_command" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_needs_command" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_needs_command" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_needs_command" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_needs_command" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_needs_command" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_needs_command" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_needs_command" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_needs_command" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_needs_command" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_needs_command" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_needs_command" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_needs_command" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_needs_command" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_needs_command" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_needs_command" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_needs_command" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_needs_command" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_needs_command" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_needs_command" -f -a "devnet" -d 'Run a whole network on this machine'
complete -c cuckoo -n "__fish_cuckoo_needs_command" -f -a "wallet" -d 'Manage the keys that sign'
complete -c cuckoo -n "__fish_cuckoo_needs_command" -f -a "network" -d 'Manage the networks that this machine knows'
complete -c cuckoo -n "__fish_cuckoo_needs_command" -f -a "config" -d 'Show and change the configuration'
complete -c cuckoo -n "__fish_cuckoo_needs_command" -f -a "balance" -d 'Show all CAI of an address, by state'
complete -c cuckoo -n "__fish_cuckoo_needs_command" -f -a "send" -d 'Send CAI to another address'
complete -c cuckoo -n "__fish_cuckoo_needs_command" -f -a "transfer" -d 'Send CAI to another address'
complete -c cuckoo -n "__fish_cuckoo_needs_command" -f -a "faucet" -d 'Get CAI for trying a test network, or give it out'
complete -c cuckoo -n "__fish_cuckoo_needs_command" -f -a "stake" -d 'Deposit, withdraw and claim CAI at stake'
complete -c cuckoo -n "__fish_cuckoo_needs_command" -f -a "vote" -d 'Put stake behind nodes and take it back'
complete -c cuckoo -n "__fish_cuckoo_needs_command" -f -a "register" -d 'Register a key as a node of the network, or change a node'
complete -c cuckoo -n "__fish_cuckoo_needs_command" -f -a "escrow" -d 'Prepay for a coordinator, and pay miners out of it'
complete -c cuckoo -n "__fish_cuckoo_needs_command" -f -a "task" -d 'Send tasks to the network'
complete -c cuckoo -n "__fish_cuckoo_needs_command" -f -a "miner" -d 'Run tasks for CAI'
complete -c cuckoo -n "__fish_cuckoo_needs_command" -f -a "coordinator" -d 'Take tasks from applications and assign them to miners'
complete -c cuckoo -n "__fish_cuckoo_needs_command" -f -a "audit" -d 'Check the answers and receipts of others'
complete -c cuckoo -n "__fish_cuckoo_needs_command" -f -a "dispute" -d 'Prove that a miner cheated, or have a jury drawn by stake decide'
complete -c cuckoo -n "__fish_cuckoo_needs_command" -f -a "tui" -d 'Open the dashboard'
complete -c cuckoo -n "__fish_cuckoo_needs_command" -f -a "top" -d 'Open the dashboard'
complete -c cuckoo -n "__fish_cuckoo_needs_command" -f -a "tx" -d 'Show transactions and wait for them'
complete -c cuckoo -n "__fish_cuckoo_needs_command" -f -a "doctor" -d 'Check whether this machine is ready: chain, clock, keys, disk, ports and devices'
complete -c cuckoo -n "__fish_cuckoo_needs_command" -f -a "completions" -d 'Print a script that completes commands and options in a shell'
complete -c cuckoo -n "__fish_cuckoo_needs_command" -f -a "man" -d 'Print the manual'
complete -c cuckoo -n "__fish_cuckoo_needs_command" -f -a "version" -d 'Show the version of this binary and how it was built'
complete -c cuckoo -n "__fish_cuckoo_needs_command" -f -a "help" -d 'Show help for a command, or on environment, exit-codes or config'
complete -c cuckoo -n "__fish_cuckoo_needs_command" -f -a "engine" -d 'Run the engine process of a miner'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand devnet" -l miners -d 'Number of miners [default: one for each of --stakes, which is 3]' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand devnet" -l stakes -d 'Own stake of each miner, in shares of 2,000 CAI, separated by colons; 11 to 10000 shares each [default: 50:30:20, repeated for more miners]' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand devnet" -l data -d 'Directory that keeps the network\'s state, so that the next start continues it [default: a temporary directory]' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand devnet" -l block-time -d 'Time between two blocks in seconds' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand devnet" -l epoch -d 'Length of an epoch in seconds; stake unbonds for a minute longer than six epochs, because a dispute can take that long' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand devnet" -l port -d 'Port of the coordinator\'s API; 0 for any free port [default: 8780, or any free port where that is in use]' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand devnet" -l cors-origin -d 'Origin of web pages that may call the API from a browser, such as http://localhost:3000, or * for all; repeatable [default: none]' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand devnet" -l prices -d 'TOML file with the coordinator\'s prices, in CAI per 1,000 tokens [default: those of the earlier start in --data, or 0.1 for prompts and 0.4 for generated tokens]' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand devnet" -l settle-every -d 'Time between two settlements on chain of what miners are owed, at most 5s; 0s for never' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand devnet" -l payout-above -d 'Amount from which what is owed to a miner is paid to its owner by the miner itself, in CAI; 0 for never' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand devnet" -l cheats -d 'Number of miners that give false answers, counted from the last one: they run the model with weights of 4 bits and do not say so, or make up words (--engine scripted)' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand devnet" -l cheat -d 'The way in which they cheat, such as `laundered` or `some_false=20`' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand devnet" -l court -d 'Whether the coordinator opens cases before the court: off, ask or auto' -r -f -a "off\t''
ask\t''
auto\t''"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand devnet" -l court-budget -d 'The most CAI that the coordinator has in bonds of open cases at once' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand devnet" -l uncalibrated-miners -d 'What the coordinator does with miners whose devices no calibration is for: count or refuse' -r -f -a "count\t''
refuse\t''"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand devnet" -l ask -d 'Ask the network this question, print its answer, verify the receipt and exit [default: run until Ctrl-C]' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand devnet" -l engine -d 'Engine that runs the models' -r -f -a "mistral\t'mistral.rs, supervised in a process of its own'
openai\t'A server that speaks OpenAI\'s API, such as vLLM, SGLang or llama.cpp'
scripted\t'Deterministic words without a model, for tests'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand devnet" -l model -d 'Model to run (mistral): a name from `miner models list`, a directory with safetensors, a .gguf file, or a name on the Hugging Face hub; repeat it to run several models, each in a process of its own. With openai, the directory from which a vLLM server with cuckoo\'s plugin has loaded the model, one for each --model-name in the same order, or of the only model that it lists [default: the one that the server tells, where it is on this machine (openai)]' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand devnet" -l model-name -d 'Name that applications ask for: one for each --model in the same order (mistral), or the name of a text model to offer (openai, scripted); repeat it for several models [default: the model\'s own name (mistral); every model that the server lists (openai); scripted (scripted)]' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand devnet" -l embedding-model -d 'Name of an embedding model to offer (openai, scripted); repeat it for several models. With mistral, the files of --model show what the model is for' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand devnet" -l image-model -d 'Name of a model to offer that generates images (openai, scripted); repeat it for several models. With mistral, the files of --model show what the model is for' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand devnet" -l quantise -d 'Quantise the weights to this type while loading them (mistral): the model takes less memory, and its manifest says that it is another model [default: load them as they are]' -r -f -a "q8_0\t'8 bits per weight'
q4_0\t'4 bits per weight'
q6_k\t'About 6 bits per weight'
q4_k\t'About 4 bits per weight'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand devnet" -l engine-url -d 'Base URL of the server, with or without /v1 (openai)' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand devnet" -l engine-api-key-file -d 'File with the key that the server at --engine-url asks for, or - for stdin (openai)' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand devnet" -l slots -d 'Number of slots, which is how many tasks run at once: for each model (mistral, scripted), or for all models together (openai) [default: as many as fit into the GPU\'s memory, or 1 on a CPU (mistral); 8 (openai); 4 (scripted)]' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand devnet" -l scripted-tokens -d 'Length of each answer in tokens, where the request allows it (scripted) [default: 24]' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand devnet" -l scripted-rate -d 'Speed of each task in tokens per second (scripted) [default: 0, as fast as possible]' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand devnet" -l scripted-cheat -d 'Cheat in this way, such as `laundered` or `some_false=20` (scripted)' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand devnet" -l quantise-secretly -d 'Quantise the weights to this type, and say that they are as they are (mistral)' -r -f -a "q8_0\t'8 bits per weight'
q4_0\t'4 bits per weight'
q6_k\t'About 6 bits per weight'
q4_k\t'About 4 bits per weight'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand devnet" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand devnet" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand devnet" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand devnet" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand devnet" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand devnet" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand devnet" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand devnet" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand devnet" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand devnet" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand devnet" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand devnet" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand devnet" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand devnet" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand devnet" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand devnet" -l audits -d 'Have the coordinator audit its miners, as it does on other networks: what a model says of an answer is computed again'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand devnet" -l auditor -d 'Have the coordinator examine answers itself, in a process of its own with the miners\' models (needs --audits) [default: miners examine each other\'s answers]'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand devnet" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand devnet" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand devnet" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand devnet" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand devnet" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand devnet" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand devnet" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand devnet" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand devnet" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand devnet" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and not __fish_seen_subcommand_from new import list show passwd export remove" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and not __fish_seen_subcommand_from new import list show passwd export remove" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and not __fish_seen_subcommand_from new import list show passwd export remove" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and not __fish_seen_subcommand_from new import list show passwd export remove" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and not __fish_seen_subcommand_from new import list show passwd export remove" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and not __fish_seen_subcommand_from new import list show passwd export remove" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and not __fish_seen_subcommand_from new import list show passwd export remove" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and not __fish_seen_subcommand_from new import list show passwd export remove" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and not __fish_seen_subcommand_from new import list show passwd export remove" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and not __fish_seen_subcommand_from new import list show passwd export remove" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and not __fish_seen_subcommand_from new import list show passwd export remove" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and not __fish_seen_subcommand_from new import list show passwd export remove" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and not __fish_seen_subcommand_from new import list show passwd export remove" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and not __fish_seen_subcommand_from new import list show passwd export remove" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and not __fish_seen_subcommand_from new import list show passwd export remove" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and not __fish_seen_subcommand_from new import list show passwd export remove" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and not __fish_seen_subcommand_from new import list show passwd export remove" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and not __fish_seen_subcommand_from new import list show passwd export remove" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and not __fish_seen_subcommand_from new import list show passwd export remove" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and not __fish_seen_subcommand_from new import list show passwd export remove" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and not __fish_seen_subcommand_from new import list show passwd export remove" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and not __fish_seen_subcommand_from new import list show passwd export remove" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and not __fish_seen_subcommand_from new import list show passwd export remove" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and not __fish_seen_subcommand_from new import list show passwd export remove" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and not __fish_seen_subcommand_from new import list show passwd export remove" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and not __fish_seen_subcommand_from new import list show passwd export remove" -f -a "new" -d 'Create a wallet with a new key'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and not __fish_seen_subcommand_from new import list show passwd export remove" -f -a "import" -d 'Import a private key from the terminal or --private-key-file, or a keystore file from --keystore'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and not __fish_seen_subcommand_from new import list show passwd export remove" -f -a "list" -d 'List every wallet'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and not __fish_seen_subcommand_from new import list show passwd export remove" -f -a "show" -d 'Show the address and the file of a wallet'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and not __fish_seen_subcommand_from new import list show passwd export remove" -f -a "passwd" -d 'Change a wallet\'s password'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and not __fish_seen_subcommand_from new import list show passwd export remove" -f -a "export" -d 'Write a wallet into a new file that only you can read, never to a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and not __fish_seen_subcommand_from new import list show passwd export remove" -f -a "remove" -d 'Remove a wallet that nothing needs any more: its file is put aside'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from new" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from new" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from new" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from new" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from new" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from new" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from new" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from new" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from new" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from new" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from new" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from new" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from new" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from new" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from new" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from new" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from new" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from new" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from new" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from new" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from new" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from new" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from new" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from new" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from new" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from import" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from import" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from import" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from import" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from import" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from import" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from import" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from import" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from import" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from import" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from import" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from import" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from import" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from import" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from import" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from import" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from import" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from import" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from import" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from import" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from import" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from import" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from import" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from import" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from import" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from list" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from list" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from list" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from list" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from list" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from list" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from list" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from list" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from list" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from list" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from list" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from list" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from list" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from list" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from list" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from list" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from list" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from list" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from list" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from list" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from list" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from list" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from show" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from show" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from show" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from show" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from show" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from show" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from show" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from show" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from show" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from show" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from show" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from show" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from show" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from show" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from show" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from show" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from show" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from show" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from show" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from show" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from show" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from show" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from passwd" -l new-password-file -d 'File with the new password, or - for stdin; --password-file is for the old one [default: typed at the terminal]' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from passwd" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from passwd" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from passwd" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from passwd" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from passwd" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from passwd" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from passwd" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from passwd" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from passwd" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from passwd" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from passwd" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from passwd" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from passwd" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from passwd" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from passwd" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from passwd" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from passwd" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from passwd" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from passwd" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from passwd" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from passwd" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from passwd" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from passwd" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from passwd" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from passwd" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from export" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from export" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from export" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from export" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from export" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from export" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from export" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from export" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from export" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from export" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from export" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from export" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from export" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from export" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from export" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from export" -l unencrypted -d 'Write the private key itself, in hexadecimal; anybody who reads the file can use the wallet'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from export" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from export" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from export" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from export" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from export" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from export" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from export" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from export" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from export" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from export" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from remove" -l confirm -d 'Name of the wallet once more, to confirm that it goes' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from remove" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from remove" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from remove" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from remove" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from remove" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from remove" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from remove" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from remove" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from remove" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from remove" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from remove" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from remove" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from remove" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from remove" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from remove" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from remove" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from remove" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from remove" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from remove" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from remove" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from remove" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from remove" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from remove" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from remove" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand wallet; and __fish_seen_subcommand_from remove" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and not __fish_seen_subcommand_from list show status use add remove" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and not __fish_seen_subcommand_from list show status use add remove" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and not __fish_seen_subcommand_from list show status use add remove" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and not __fish_seen_subcommand_from list show status use add remove" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and not __fish_seen_subcommand_from list show status use add remove" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and not __fish_seen_subcommand_from list show status use add remove" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and not __fish_seen_subcommand_from list show status use add remove" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and not __fish_seen_subcommand_from list show status use add remove" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and not __fish_seen_subcommand_from list show status use add remove" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and not __fish_seen_subcommand_from list show status use add remove" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and not __fish_seen_subcommand_from list show status use add remove" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and not __fish_seen_subcommand_from list show status use add remove" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and not __fish_seen_subcommand_from list show status use add remove" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and not __fish_seen_subcommand_from list show status use add remove" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and not __fish_seen_subcommand_from list show status use add remove" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and not __fish_seen_subcommand_from list show status use add remove" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and not __fish_seen_subcommand_from list show status use add remove" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and not __fish_seen_subcommand_from list show status use add remove" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and not __fish_seen_subcommand_from list show status use add remove" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and not __fish_seen_subcommand_from list show status use add remove" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and not __fish_seen_subcommand_from list show status use add remove" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and not __fish_seen_subcommand_from list show status use add remove" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and not __fish_seen_subcommand_from list show status use add remove" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and not __fish_seen_subcommand_from list show status use add remove" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and not __fish_seen_subcommand_from list show status use add remove" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and not __fish_seen_subcommand_from list show status use add remove" -f -a "list" -d 'List every network that this machine knows'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and not __fish_seen_subcommand_from list show status use add remove" -f -a "show" -d 'Show the network in use: its chain, its endpoints and its contracts'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and not __fish_seen_subcommand_from list show status use add remove" -f -a "status" -d 'Show where the network in use is now: its newest block, its epoch, its nodes and what counts for them'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and not __fish_seen_subcommand_from list show status use add remove" -f -a "use" -d 'Set the network in use, in the configuration file'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and not __fish_seen_subcommand_from list show status use add remove" -f -a "add" -d 'Add a network from its description, under the name in it'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and not __fish_seen_subcommand_from list show status use add remove" -f -a "remove" -d 'Remove a network from this machine; its contracts and your stake there stay as they are'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from list" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from list" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from list" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from list" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from list" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from list" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from list" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from list" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from list" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from list" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from list" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from list" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from list" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from list" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from list" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from list" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from list" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from list" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from list" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from list" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from list" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from list" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from show" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from show" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from show" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from show" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from show" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from show" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from show" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from show" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from show" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from show" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from show" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from show" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from show" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from show" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from show" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from show" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from show" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from show" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from show" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from show" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from show" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from show" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from status" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from status" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from status" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from status" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from status" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from status" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from status" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from status" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from status" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from status" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from status" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from status" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from status" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from status" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from status" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from status" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from status" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from status" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from status" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from status" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from status" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from status" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from status" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from status" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from use" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from use" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from use" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from use" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from use" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from use" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from use" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from use" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from use" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from use" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from use" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from use" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from use" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from use" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from use" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from use" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from use" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from use" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from use" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from use" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from use" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from use" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from use" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from use" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from use" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from add" -l name -d 'Name of the network, instead of the one in the description' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from add" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from add" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from add" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from add" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from add" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from add" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from add" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from add" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from add" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from add" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from add" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from add" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from add" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from add" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from add" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from add" -l replace -d 'Replace a network of that name'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from add" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from add" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from add" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from add" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from add" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from add" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from add" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from add" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from add" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from remove" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from remove" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from remove" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from remove" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from remove" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from remove" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from remove" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from remove" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from remove" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from remove" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from remove" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from remove" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from remove" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from remove" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from remove" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from remove" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from remove" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from remove" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from remove" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from remove" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from remove" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from remove" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from remove" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from remove" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand network; and __fish_seen_subcommand_from remove" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and not __fish_seen_subcommand_from path show get set unset init" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and not __fish_seen_subcommand_from path show get set unset init" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and not __fish_seen_subcommand_from path show get set unset init" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and not __fish_seen_subcommand_from path show get set unset init" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and not __fish_seen_subcommand_from path show get set unset init" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and not __fish_seen_subcommand_from path show get set unset init" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and not __fish_seen_subcommand_from path show get set unset init" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and not __fish_seen_subcommand_from path show get set unset init" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and not __fish_seen_subcommand_from path show get set unset init" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and not __fish_seen_subcommand_from path show get set unset init" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and not __fish_seen_subcommand_from path show get set unset init" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and not __fish_seen_subcommand_from path show get set unset init" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and not __fish_seen_subcommand_from path show get set unset init" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and not __fish_seen_subcommand_from path show get set unset init" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and not __fish_seen_subcommand_from path show get set unset init" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and not __fish_seen_subcommand_from path show get set unset init" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and not __fish_seen_subcommand_from path show get set unset init" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and not __fish_seen_subcommand_from path show get set unset init" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and not __fish_seen_subcommand_from path show get set unset init" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and not __fish_seen_subcommand_from path show get set unset init" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and not __fish_seen_subcommand_from path show get set unset init" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and not __fish_seen_subcommand_from path show get set unset init" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and not __fish_seen_subcommand_from path show get set unset init" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and not __fish_seen_subcommand_from path show get set unset init" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and not __fish_seen_subcommand_from path show get set unset init" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and not __fish_seen_subcommand_from path show get set unset init" -f -a "path" -d 'Show the path of the file that `config set` changes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and not __fish_seen_subcommand_from path show get set unset init" -f -a "show" -d 'Show the values in force for the network in use'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and not __fish_seen_subcommand_from path show get set unset init" -f -a "get" -d 'Print the value of one key'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and not __fish_seen_subcommand_from path show get set unset init" -f -a "set" -d 'Set a value in the file; with --network, for that network only'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and not __fish_seen_subcommand_from path show get set unset init" -f -a "unset" -d 'Remove a value from the file; with --network, from the table of that network'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and not __fish_seen_subcommand_from path show get set unset init" -f -a "init" -d 'Create a file in which every key is explained and none is set'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from path" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from path" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from path" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from path" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from path" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from path" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from path" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from path" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from path" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from path" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from path" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from path" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from path" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from path" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from path" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from path" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from path" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from path" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from path" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from path" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from path" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from path" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from path" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from path" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from path" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from show" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from show" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from show" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from show" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from show" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from show" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from show" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from show" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from show" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from show" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from show" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from show" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from show" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from show" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from show" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from show" -l origin -d 'Show where each value comes from'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from show" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from show" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from show" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from show" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from show" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from show" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from show" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from get" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from get" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from get" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from get" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from get" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from get" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from get" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from get" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from get" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from get" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from get" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from get" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from get" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from get" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from get" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from get" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from get" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from get" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from get" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from get" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from get" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from get" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from get" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from get" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from get" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from set" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from set" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from set" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from set" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from set" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from set" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from set" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from set" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from set" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from set" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from set" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from set" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from set" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from set" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from set" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from set" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from set" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from set" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from set" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from set" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from set" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from set" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from set" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from set" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from set" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from unset" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from unset" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from unset" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from unset" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from unset" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from unset" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from unset" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from unset" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from unset" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from unset" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from unset" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from unset" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from unset" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from unset" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from unset" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from unset" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from unset" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from unset" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from unset" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from unset" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from unset" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from unset" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from unset" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from unset" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from unset" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from init" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from init" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from init" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from init" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from init" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from init" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from init" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from init" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from init" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from init" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from init" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from init" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from init" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from init" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from init" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from init" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from init" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from init" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from init" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from init" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from init" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from init" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from init" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from init" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand config; and __fish_seen_subcommand_from init" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand balance" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand balance" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand balance" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand balance" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand balance" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand balance" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand balance" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand balance" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand balance" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand balance" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand balance" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand balance" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand balance" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand balance" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand balance" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand balance" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand balance" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand balance" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand balance" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand balance" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand balance" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand balance" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand balance" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand balance" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand balance" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand send" -l confirmations -d 'Number of blocks to wait for, counting the one that holds the transaction' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand send" -l gas-limit -d 'Gas limit, in units of gas, instead of the estimate with a margin' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand send" -l max-fee -d 'Highest price of a unit of gas, such as 2gwei or 1500000000 (in wei), instead of the estimate' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand send" -l priority-fee -d 'Tip for a unit of gas, such as 25gwei, within the highest price, instead of the estimate: some chains ask for a least one' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand send" -l nonce -d 'Nonce to use instead of the account\'s next; the nonce of a stuck transaction replaces it' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand send" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand send" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand send" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand send" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand send" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand send" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand send" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand send" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand send" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand send" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand send" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand send" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand send" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand send" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand send" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand send" -l dry-run -d 'Simulate the transaction and print it; send nothing'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand send" -l no-wait -d 'Return once the transaction is sent, without waiting until it is in a block'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand send" -l calldata -d 'Simulate the transaction and print its call data, for another wallet to send; send nothing'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand send" -l legacy -d 'Send a transaction with one price of gas, as before EIP-1559; chains without it get such ones anyway'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand send" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand send" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand send" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand send" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand send" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand send" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand send" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand send" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand send" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand send" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand transfer" -l confirmations -d 'Number of blocks to wait for, counting the one that holds the transaction' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand transfer" -l gas-limit -d 'Gas limit, in units of gas, instead of the estimate with a margin' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand transfer" -l max-fee -d 'Highest price of a unit of gas, such as 2gwei or 1500000000 (in wei), instead of the estimate' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand transfer" -l priority-fee -d 'Tip for a unit of gas, such as 25gwei, within the highest price, instead of the estimate: some chains ask for a least one' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand transfer" -l nonce -d 'Nonce to use instead of the account\'s next; the nonce of a stuck transaction replaces it' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand transfer" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand transfer" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand transfer" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand transfer" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand transfer" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand transfer" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand transfer" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand transfer" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand transfer" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand transfer" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand transfer" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand transfer" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand transfer" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand transfer" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand transfer" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand transfer" -l dry-run -d 'Simulate the transaction and print it; send nothing'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand transfer" -l no-wait -d 'Return once the transaction is sent, without waiting until it is in a block'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand transfer" -l calldata -d 'Simulate the transaction and print its call data, for another wallet to send; send nothing'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand transfer" -l legacy -d 'Send a transaction with one price of gas, as before EIP-1559; chains without it get such ones anyway'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand transfer" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand transfer" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand transfer" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand transfer" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand transfer" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand transfer" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand transfer" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand transfer" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand transfer" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand transfer" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and not __fish_seen_subcommand_from request status serve grant" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and not __fish_seen_subcommand_from request status serve grant" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and not __fish_seen_subcommand_from request status serve grant" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and not __fish_seen_subcommand_from request status serve grant" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and not __fish_seen_subcommand_from request status serve grant" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and not __fish_seen_subcommand_from request status serve grant" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and not __fish_seen_subcommand_from request status serve grant" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and not __fish_seen_subcommand_from request status serve grant" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and not __fish_seen_subcommand_from request status serve grant" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and not __fish_seen_subcommand_from request status serve grant" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and not __fish_seen_subcommand_from request status serve grant" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and not __fish_seen_subcommand_from request status serve grant" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and not __fish_seen_subcommand_from request status serve grant" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and not __fish_seen_subcommand_from request status serve grant" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and not __fish_seen_subcommand_from request status serve grant" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and not __fish_seen_subcommand_from request status serve grant" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and not __fish_seen_subcommand_from request status serve grant" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and not __fish_seen_subcommand_from request status serve grant" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and not __fish_seen_subcommand_from request status serve grant" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and not __fish_seen_subcommand_from request status serve grant" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and not __fish_seen_subcommand_from request status serve grant" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and not __fish_seen_subcommand_from request status serve grant" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and not __fish_seen_subcommand_from request status serve grant" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and not __fish_seen_subcommand_from request status serve grant" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and not __fish_seen_subcommand_from request status serve grant" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and not __fish_seen_subcommand_from request status serve grant" -f -a "request" -d 'Request CAI, and some of the chain\'s coin for fees'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and not __fish_seen_subcommand_from request status serve grant" -f -a "status" -d 'Show what the faucet gives and holds, and whether it would serve an address'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and not __fish_seen_subcommand_from request status serve grant" -f -a "serve" -d 'Serve an HTTP faucet for users without coin for fees; this wallet pays the fees'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and not __fish_seen_subcommand_from request status serve grant" -f -a "grant" -d 'Grant a larger amount; only for accounts on the faucet\'s list of granters'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from request" -l to -d 'Address that receives the CAI, or the name of a wallet [default: the wallet in use]' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from request" -l faucet-url -d 'URL of the faucet\'s service, which pays the fee for a wallet that has none of the chain\'s coin [default: the wallet pays, or anvil:0 on the local chain]' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from request" -l faucet-token-file -d 'File with an access token for the faucet\'s service [default: solve the service\'s puzzle instead]' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from request" -l confirmations -d 'Number of blocks to wait for, counting the one that holds the transaction' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from request" -l gas-limit -d 'Gas limit, in units of gas, instead of the estimate with a margin' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from request" -l max-fee -d 'Highest price of a unit of gas, such as 2gwei or 1500000000 (in wei), instead of the estimate' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from request" -l priority-fee -d 'Tip for a unit of gas, such as 25gwei, within the highest price, instead of the estimate: some chains ask for a least one' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from request" -l nonce -d 'Nonce to use instead of the account\'s next; the nonce of a stuck transaction replaces it' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from request" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from request" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from request" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from request" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from request" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from request" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from request" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from request" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from request" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from request" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from request" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from request" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from request" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from request" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from request" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from request" -l dry-run -d 'Simulate the transaction and print it; send nothing'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from request" -l no-wait -d 'Return once the transaction is sent, without waiting until it is in a block'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from request" -l calldata -d 'Simulate the transaction and print its call data, for another wallet to send; send nothing'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from request" -l legacy -d 'Send a transaction with one price of gas, as before EIP-1559; chains without it get such ones anyway'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from request" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from request" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from request" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from request" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from request" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from request" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from request" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from request" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from request" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from request" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from status" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from status" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from status" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from status" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from status" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from status" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from status" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from status" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from status" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from status" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from status" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from status" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from status" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from status" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from status" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from status" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from status" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from status" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from status" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from status" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from status" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from status" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from status" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from status" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from serve" -l listen -d 'Address to serve requests on' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from serve" -l difficulty -d 'Difficulty of the puzzle in bits; each bit doubles the work of solving it' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from serve" -l token-file -d 'File with an access token, created if it does not exist: only requests with this token are served, without a puzzle [default: serve everyone who solves the puzzle]' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from serve" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from serve" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from serve" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from serve" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from serve" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from serve" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from serve" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from serve" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from serve" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from serve" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from serve" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from serve" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from serve" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from serve" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from serve" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from serve" -l behind-proxy -d 'Allow --listen on an address that other machines reach, because a proxy in front of it speaks TLS'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from serve" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from serve" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from serve" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from serve" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from serve" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from serve" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from serve" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from serve" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from serve" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from serve" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from grant" -l confirmations -d 'Number of blocks to wait for, counting the one that holds the transaction' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from grant" -l gas-limit -d 'Gas limit, in units of gas, instead of the estimate with a margin' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from grant" -l max-fee -d 'Highest price of a unit of gas, such as 2gwei or 1500000000 (in wei), instead of the estimate' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from grant" -l priority-fee -d 'Tip for a unit of gas, such as 25gwei, within the highest price, instead of the estimate: some chains ask for a least one' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from grant" -l nonce -d 'Nonce to use instead of the account\'s next; the nonce of a stuck transaction replaces it' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from grant" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from grant" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from grant" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from grant" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from grant" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from grant" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from grant" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from grant" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from grant" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from grant" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from grant" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from grant" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from grant" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from grant" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from grant" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from grant" -l dry-run -d 'Simulate the transaction and print it; send nothing'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from grant" -l no-wait -d 'Return once the transaction is sent, without waiting until it is in a block'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from grant" -l calldata -d 'Simulate the transaction and print its call data, for another wallet to send; send nothing'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from grant" -l legacy -d 'Send a transaction with one price of gas, as before EIP-1559; chains without it get such ones anyway'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from grant" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from grant" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from grant" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from grant" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from grant" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from grant" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from grant" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from grant" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from grant" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand faucet; and __fish_seen_subcommand_from grant" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and not __fish_seen_subcommand_from deposit unbond release claim status list withdraw" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and not __fish_seen_subcommand_from deposit unbond release claim status list withdraw" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and not __fish_seen_subcommand_from deposit unbond release claim status list withdraw" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and not __fish_seen_subcommand_from deposit unbond release claim status list withdraw" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and not __fish_seen_subcommand_from deposit unbond release claim status list withdraw" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and not __fish_seen_subcommand_from deposit unbond release claim status list withdraw" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and not __fish_seen_subcommand_from deposit unbond release claim status list withdraw" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and not __fish_seen_subcommand_from deposit unbond release claim status list withdraw" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and not __fish_seen_subcommand_from deposit unbond release claim status list withdraw" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and not __fish_seen_subcommand_from deposit unbond release claim status list withdraw" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and not __fish_seen_subcommand_from deposit unbond release claim status list withdraw" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and not __fish_seen_subcommand_from deposit unbond release claim status list withdraw" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and not __fish_seen_subcommand_from deposit unbond release claim status list withdraw" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and not __fish_seen_subcommand_from deposit unbond release claim status list withdraw" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and not __fish_seen_subcommand_from deposit unbond release claim status list withdraw" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and not __fish_seen_subcommand_from deposit unbond release claim status list withdraw" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and not __fish_seen_subcommand_from deposit unbond release claim status list withdraw" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and not __fish_seen_subcommand_from deposit unbond release claim status list withdraw" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and not __fish_seen_subcommand_from deposit unbond release claim status list withdraw" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and not __fish_seen_subcommand_from deposit unbond release claim status list withdraw" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and not __fish_seen_subcommand_from deposit unbond release claim status list withdraw" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and not __fish_seen_subcommand_from deposit unbond release claim status list withdraw" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and not __fish_seen_subcommand_from deposit unbond release claim status list withdraw" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and not __fish_seen_subcommand_from deposit unbond release claim status list withdraw" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and not __fish_seen_subcommand_from deposit unbond release claim status list withdraw" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and not __fish_seen_subcommand_from deposit unbond release claim status list withdraw" -f -a "deposit" -d 'Deposit CAI into your free stake, or with --vote directly behind a node'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and not __fish_seen_subcommand_from deposit unbond release claim status list withdraw" -f -a "unbond" -d 'Start taking stake back from a node; the same as `cuckoo vote retract`'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and not __fish_seen_subcommand_from deposit unbond release claim status list withdraw" -f -a "release" -d 'Release stake whose unbonding period is over, which makes it free stake; the same as `cuckoo vote release`'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and not __fish_seen_subcommand_from deposit unbond release claim status list withdraw" -f -a "claim" -d 'Claim the rewards of your stake, and the commission of nodes that you own'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and not __fish_seen_subcommand_from deposit unbond release claim status list withdraw" -f -a "status" -d 'Show what an address has at stake, by state, its rewards, and what slashes and charges took from it'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and not __fish_seen_subcommand_from deposit unbond release claim status list withdraw" -f -a "list" -d 'Show what an address has at stake, by state, its rewards, and what slashes and charges took from it'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and not __fish_seen_subcommand_from deposit unbond release claim status list withdraw" -f -a "withdraw" -d 'Withdraw free stake'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from deposit" -l vote -d 'Node to put the amount behind: an address or a name [default: no node]' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from deposit" -l max-commission -d 'Highest commission of the node of --vote that you accept, in percent: the deposit is refused if the node takes or has announced more [default: what it takes or has announced now]' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from deposit" -l confirmations -d 'Number of blocks to wait for, counting the one that holds the transaction' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from deposit" -l gas-limit -d 'Gas limit, in units of gas, instead of the estimate with a margin' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from deposit" -l max-fee -d 'Highest price of a unit of gas, such as 2gwei or 1500000000 (in wei), instead of the estimate' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from deposit" -l priority-fee -d 'Tip for a unit of gas, such as 25gwei, within the highest price, instead of the estimate: some chains ask for a least one' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from deposit" -l nonce -d 'Nonce to use instead of the account\'s next; the nonce of a stuck transaction replaces it' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from deposit" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from deposit" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from deposit" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from deposit" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from deposit" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from deposit" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from deposit" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from deposit" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from deposit" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from deposit" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from deposit" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from deposit" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from deposit" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from deposit" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from deposit" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from deposit" -l dry-run -d 'Simulate the transaction and print it; send nothing'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from deposit" -l no-wait -d 'Return once the transaction is sent, without waiting until it is in a block'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from deposit" -l calldata -d 'Simulate the transaction and print its call data, for another wallet to send; send nothing'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from deposit" -l legacy -d 'Send a transaction with one price of gas, as before EIP-1559; chains without it get such ones anyway'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from deposit" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from deposit" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from deposit" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from deposit" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from deposit" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from deposit" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from deposit" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from deposit" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from deposit" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from deposit" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from unbond" -l confirm -d 'Name of your own node, to confirm that it goes out of service; not needed on the local chain' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from unbond" -l confirmations -d 'Number of blocks to wait for, counting the one that holds the transaction' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from unbond" -l gas-limit -d 'Gas limit, in units of gas, instead of the estimate with a margin' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from unbond" -l max-fee -d 'Highest price of a unit of gas, such as 2gwei or 1500000000 (in wei), instead of the estimate' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from unbond" -l priority-fee -d 'Tip for a unit of gas, such as 25gwei, within the highest price, instead of the estimate: some chains ask for a least one' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from unbond" -l nonce -d 'Nonce to use instead of the account\'s next; the nonce of a stuck transaction replaces it' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from unbond" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from unbond" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from unbond" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from unbond" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from unbond" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from unbond" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from unbond" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from unbond" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from unbond" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from unbond" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from unbond" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from unbond" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from unbond" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from unbond" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from unbond" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from unbond" -l all -d 'Take all there is; the same as max'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from unbond" -l dry-run -d 'Simulate the transaction and print it; send nothing'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from unbond" -l no-wait -d 'Return once the transaction is sent, without waiting until it is in a block'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from unbond" -l calldata -d 'Simulate the transaction and print its call data, for another wallet to send; send nothing'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from unbond" -l legacy -d 'Send a transaction with one price of gas, as before EIP-1559; chains without it get such ones anyway'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from unbond" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from unbond" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from unbond" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from unbond" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from unbond" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from unbond" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from unbond" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from unbond" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from unbond" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from unbond" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from release" -l confirmations -d 'Number of blocks to wait for, counting the one that holds the transaction' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from release" -l gas-limit -d 'Gas limit, in units of gas, instead of the estimate with a margin' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from release" -l max-fee -d 'Highest price of a unit of gas, such as 2gwei or 1500000000 (in wei), instead of the estimate' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from release" -l priority-fee -d 'Tip for a unit of gas, such as 25gwei, within the highest price, instead of the estimate: some chains ask for a least one' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from release" -l nonce -d 'Nonce to use instead of the account\'s next; the nonce of a stuck transaction replaces it' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from release" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from release" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from release" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from release" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from release" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from release" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from release" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from release" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from release" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from release" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from release" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from release" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from release" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from release" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from release" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from release" -l dry-run -d 'Simulate the transaction and print it; send nothing'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from release" -l no-wait -d 'Return once the transaction is sent, without waiting until it is in a block'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from release" -l calldata -d 'Simulate the transaction and print its call data, for another wallet to send; send nothing'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from release" -l legacy -d 'Send a transaction with one price of gas, as before EIP-1559; chains without it get such ones anyway'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from release" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from release" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from release" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from release" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from release" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from release" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from release" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from release" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from release" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from release" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from claim" -l confirmations -d 'Number of blocks to wait for, counting the one that holds the transaction' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from claim" -l gas-limit -d 'Gas limit, in units of gas, instead of the estimate with a margin' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from claim" -l max-fee -d 'Highest price of a unit of gas, such as 2gwei or 1500000000 (in wei), instead of the estimate' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from claim" -l priority-fee -d 'Tip for a unit of gas, such as 25gwei, within the highest price, instead of the estimate: some chains ask for a least one' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from claim" -l nonce -d 'Nonce to use instead of the account\'s next; the nonce of a stuck transaction replaces it' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from claim" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from claim" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from claim" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from claim" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from claim" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from claim" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from claim" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from claim" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from claim" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from claim" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from claim" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from claim" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from claim" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from claim" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from claim" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from claim" -l all -d 'Claim behind every node; the same as naming no node'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from claim" -l dry-run -d 'Simulate the transaction and print it; send nothing'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from claim" -l no-wait -d 'Return once the transaction is sent, without waiting until it is in a block'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from claim" -l calldata -d 'Simulate the transaction and print its call data, for another wallet to send; send nothing'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from claim" -l legacy -d 'Send a transaction with one price of gas, as before EIP-1559; chains without it get such ones anyway'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from claim" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from claim" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from claim" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from claim" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from claim" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from claim" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from claim" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from claim" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from claim" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from claim" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from status" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from status" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from status" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from status" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from status" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from status" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from status" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from status" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from status" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from status" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from status" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from status" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from status" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from status" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from status" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from status" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from status" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from status" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from status" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from status" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from status" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from status" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from status" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from status" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from list" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from list" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from list" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from list" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from list" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from list" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from list" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from list" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from list" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from list" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from list" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from list" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from list" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from list" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from list" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from list" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from list" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from list" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from list" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from list" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from list" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from list" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from withdraw" -l confirmations -d 'Number of blocks to wait for, counting the one that holds the transaction' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from withdraw" -l gas-limit -d 'Gas limit, in units of gas, instead of the estimate with a margin' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from withdraw" -l max-fee -d 'Highest price of a unit of gas, such as 2gwei or 1500000000 (in wei), instead of the estimate' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from withdraw" -l priority-fee -d 'Tip for a unit of gas, such as 25gwei, within the highest price, instead of the estimate: some chains ask for a least one' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from withdraw" -l nonce -d 'Nonce to use instead of the account\'s next; the nonce of a stuck transaction replaces it' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from withdraw" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from withdraw" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from withdraw" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from withdraw" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from withdraw" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from withdraw" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from withdraw" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from withdraw" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from withdraw" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from withdraw" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from withdraw" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from withdraw" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from withdraw" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from withdraw" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from withdraw" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from withdraw" -l all -d 'Take all there is; the same as max'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from withdraw" -l dry-run -d 'Simulate the transaction and print it; send nothing'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from withdraw" -l no-wait -d 'Return once the transaction is sent, without waiting until it is in a block'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from withdraw" -l calldata -d 'Simulate the transaction and print its call data, for another wallet to send; send nothing'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from withdraw" -l legacy -d 'Send a transaction with one price of gas, as before EIP-1559; chains without it get such ones anyway'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from withdraw" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from withdraw" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from withdraw" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from withdraw" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from withdraw" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from withdraw" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from withdraw" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from withdraw" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from withdraw" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand stake; and __fish_seen_subcommand_from withdraw" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and not __fish_seen_subcommand_from cast retract move release list leaderboard" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and not __fish_seen_subcommand_from cast retract move release list leaderboard" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and not __fish_seen_subcommand_from cast retract move release list leaderboard" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and not __fish_seen_subcommand_from cast retract move release list leaderboard" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and not __fish_seen_subcommand_from cast retract move release list leaderboard" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and not __fish_seen_subcommand_from cast retract move release list leaderboard" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and not __fish_seen_subcommand_from cast retract move release list leaderboard" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and not __fish_seen_subcommand_from cast retract move release list leaderboard" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and not __fish_seen_subcommand_from cast retract move release list leaderboard" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and not __fish_seen_subcommand_from cast retract move release list leaderboard" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and not __fish_seen_subcommand_from cast retract move release list leaderboard" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and not __fish_seen_subcommand_from cast retract move release list leaderboard" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and not __fish_seen_subcommand_from cast retract move release list leaderboard" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and not __fish_seen_subcommand_from cast retract move release list leaderboard" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and not __fish_seen_subcommand_from cast retract move release list leaderboard" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and not __fish_seen_subcommand_from cast retract move release list leaderboard" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and not __fish_seen_subcommand_from cast retract move release list leaderboard" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and not __fish_seen_subcommand_from cast retract move release list leaderboard" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and not __fish_seen_subcommand_from cast retract move release list leaderboard" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and not __fish_seen_subcommand_from cast retract move release list leaderboard" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and not __fish_seen_subcommand_from cast retract move release list leaderboard" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and not __fish_seen_subcommand_from cast retract move release list leaderboard" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and not __fish_seen_subcommand_from cast retract move release list leaderboard" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and not __fish_seen_subcommand_from cast retract move release list leaderboard" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and not __fish_seen_subcommand_from cast retract move release list leaderboard" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and not __fish_seen_subcommand_from cast retract move release list leaderboard" -f -a "cast" -d 'Put free stake behind a node; own stake and votes together count up to 10 times the own stake'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and not __fish_seen_subcommand_from cast retract move release list leaderboard" -f -a "retract" -d 'Start taking stake back from a node; the same as `cuckoo stake unbond`'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and not __fish_seen_subcommand_from cast retract move release list leaderboard" -f -a "move" -d 'Move stake from one node to another: take it back now, and by the same command put it behind the other one once it is free'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and not __fish_seen_subcommand_from cast retract move release list leaderboard" -f -a "release" -d 'Release stake whose unbonding period is over; it becomes free stake'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and not __fish_seen_subcommand_from cast retract move release list leaderboard" -f -a "list" -d 'List the nodes that an address has stake behind'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and not __fish_seen_subcommand_from cast retract move release list leaderboard" -f -a "leaderboard" -d 'List every node by weight, with what slashes took from its stakers and the disputes against it'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from cast" -l max-commission -d 'Highest commission that you accept, in percent: the vote is refused if the node takes or has announced more [default: what it takes or has announced now]' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from cast" -l confirmations -d 'Number of blocks to wait for, counting the one that holds the transaction' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from cast" -l gas-limit -d 'Gas limit, in units of gas, instead of the estimate with a margin' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from cast" -l max-fee -d 'Highest price of a unit of gas, such as 2gwei or 1500000000 (in wei), instead of the estimate' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from cast" -l priority-fee -d 'Tip for a unit of gas, such as 25gwei, within the highest price, instead of the estimate: some chains ask for a least one' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from cast" -l nonce -d 'Nonce to use instead of the account\'s next; the nonce of a stuck transaction replaces it' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from cast" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from cast" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from cast" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from cast" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from cast" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from cast" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from cast" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from cast" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from cast" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from cast" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from cast" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from cast" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from cast" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from cast" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from cast" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from cast" -l dry-run -d 'Simulate the transaction and print it; send nothing'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from cast" -l no-wait -d 'Return once the transaction is sent, without waiting until it is in a block'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from cast" -l calldata -d 'Simulate the transaction and print its call data, for another wallet to send; send nothing'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from cast" -l legacy -d 'Send a transaction with one price of gas, as before EIP-1559; chains without it get such ones anyway'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from cast" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from cast" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from cast" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from cast" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from cast" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from cast" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from cast" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from cast" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from cast" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from cast" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from retract" -l confirm -d 'Name of your own node, to confirm that it goes out of service; not needed on the local chain' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from retract" -l confirmations -d 'Number of blocks to wait for, counting the one that holds the transaction' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from retract" -l gas-limit -d 'Gas limit, in units of gas, instead of the estimate with a margin' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from retract" -l max-fee -d 'Highest price of a unit of gas, such as 2gwei or 1500000000 (in wei), instead of the estimate' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from retract" -l priority-fee -d 'Tip for a unit of gas, such as 25gwei, within the highest price, instead of the estimate: some chains ask for a least one' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from retract" -l nonce -d 'Nonce to use instead of the account\'s next; the nonce of a stuck transaction replaces it' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from retract" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from retract" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from retract" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from retract" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from retract" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from retract" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from retract" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from retract" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from retract" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from retract" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from retract" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from retract" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from retract" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from retract" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from retract" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from retract" -l all -d 'Take all there is; the same as max'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from retract" -l dry-run -d 'Simulate the transaction and print it; send nothing'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from retract" -l no-wait -d 'Return once the transaction is sent, without waiting until it is in a block'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from retract" -l calldata -d 'Simulate the transaction and print its call data, for another wallet to send; send nothing'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from retract" -l legacy -d 'Send a transaction with one price of gas, as before EIP-1559; chains without it get such ones anyway'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from retract" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from retract" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from retract" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from retract" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from retract" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from retract" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from retract" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from retract" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from retract" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from retract" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from move" -l max-commission -d 'Highest commission that you accept, in percent: the vote is refused if the node takes or has announced more [default: what it takes or has announced now]' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from move" -l confirm -d 'Name of your own node, to confirm that it goes out of service; not needed on the local chain' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from move" -l confirmations -d 'Number of blocks to wait for, counting the one that holds the transaction' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from move" -l gas-limit -d 'Gas limit, in units of gas, instead of the estimate with a margin' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from move" -l max-fee -d 'Highest price of a unit of gas, such as 2gwei or 1500000000 (in wei), instead of the estimate' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from move" -l priority-fee -d 'Tip for a unit of gas, such as 25gwei, within the highest price, instead of the estimate: some chains ask for a least one' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from move" -l nonce -d 'Nonce to use instead of the account\'s next; the nonce of a stuck transaction replaces it' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from move" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from move" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from move" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from move" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from move" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from move" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from move" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from move" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from move" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from move" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from move" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from move" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from move" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from move" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from move" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from move" -l all -d 'Take all there is; the same as max'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from move" -l dry-run -d 'Simulate the transaction and print it; send nothing'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from move" -l no-wait -d 'Return once the transaction is sent, without waiting until it is in a block'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from move" -l calldata -d 'Simulate the transaction and print its call data, for another wallet to send; send nothing'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from move" -l legacy -d 'Send a transaction with one price of gas, as before EIP-1559; chains without it get such ones anyway'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from move" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from move" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from move" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from move" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from move" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from move" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from move" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from move" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from move" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from move" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from release" -l confirmations -d 'Number of blocks to wait for, counting the one that holds the transaction' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from release" -l gas-limit -d 'Gas limit, in units of gas, instead of the estimate with a margin' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from release" -l max-fee -d 'Highest price of a unit of gas, such as 2gwei or 1500000000 (in wei), instead of the estimate' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from release" -l priority-fee -d 'Tip for a unit of gas, such as 25gwei, within the highest price, instead of the estimate: some chains ask for a least one' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from release" -l nonce -d 'Nonce to use instead of the account\'s next; the nonce of a stuck transaction replaces it' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from release" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from release" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from release" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from release" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from release" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from release" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from release" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from release" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from release" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from release" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from release" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from release" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from release" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from release" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from release" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from release" -l dry-run -d 'Simulate the transaction and print it; send nothing'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from release" -l no-wait -d 'Return once the transaction is sent, without waiting until it is in a block'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from release" -l calldata -d 'Simulate the transaction and print its call data, for another wallet to send; send nothing'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from release" -l legacy -d 'Send a transaction with one price of gas, as before EIP-1559; chains without it get such ones anyway'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from release" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from release" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from release" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from release" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from release" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from release" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from release" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from release" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from release" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from release" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from list" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from list" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from list" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from list" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from list" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from list" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from list" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from list" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from list" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from list" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from list" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from list" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from list" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from list" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from list" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from list" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from list" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from list" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from list" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from list" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from list" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from list" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from leaderboard" -l role -d 'Role of the nodes to list: miner or coordinator [default: both]' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from leaderboard" -l limit -d 'List at most this many nodes of each role, the heaviest first [default: all]' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from leaderboard" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from leaderboard" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from leaderboard" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from leaderboard" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from leaderboard" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from leaderboard" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from leaderboard" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from leaderboard" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from leaderboard" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from leaderboard" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from leaderboard" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from leaderboard" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from leaderboard" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from leaderboard" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from leaderboard" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from leaderboard" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from leaderboard" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from leaderboard" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from leaderboard" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from leaderboard" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from leaderboard" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from leaderboard" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from leaderboard" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from leaderboard" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand vote; and __fish_seen_subcommand_from leaderboard" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and not __fish_seen_subcommand_from miner coordinator update rotate remove idle status" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and not __fish_seen_subcommand_from miner coordinator update rotate remove idle status" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and not __fish_seen_subcommand_from miner coordinator update rotate remove idle status" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and not __fish_seen_subcommand_from miner coordinator update rotate remove idle status" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and not __fish_seen_subcommand_from miner coordinator update rotate remove idle status" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and not __fish_seen_subcommand_from miner coordinator update rotate remove idle status" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and not __fish_seen_subcommand_from miner coordinator update rotate remove idle status" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and not __fish_seen_subcommand_from miner coordinator update rotate remove idle status" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and not __fish_seen_subcommand_from miner coordinator update rotate remove idle status" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and not __fish_seen_subcommand_from miner coordinator update rotate remove idle status" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and not __fish_seen_subcommand_from miner coordinator update rotate remove idle status" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and not __fish_seen_subcommand_from miner coordinator update rotate remove idle status" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and not __fish_seen_subcommand_from miner coordinator update rotate remove idle status" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and not __fish_seen_subcommand_from miner coordinator update rotate remove idle status" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and not __fish_seen_subcommand_from miner coordinator update rotate remove idle status" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and not __fish_seen_subcommand_from miner coordinator update rotate remove idle status" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and not __fish_seen_subcommand_from miner coordinator update rotate remove idle status" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and not __fish_seen_subcommand_from miner coordinator update rotate remove idle status" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and not __fish_seen_subcommand_from miner coordinator update rotate remove idle status" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and not __fish_seen_subcommand_from miner coordinator update rotate remove idle status" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and not __fish_seen_subcommand_from miner coordinator update rotate remove idle status" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and not __fish_seen_subcommand_from miner coordinator update rotate remove idle status" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and not __fish_seen_subcommand_from miner coordinator update rotate remove idle status" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and not __fish_seen_subcommand_from miner coordinator update rotate remove idle status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and not __fish_seen_subcommand_from miner coordinator update rotate remove idle status" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and not __fish_seen_subcommand_from miner coordinator update rotate remove idle status" -f -a "miner" -d 'Register a node that runs tasks; its own stake must be more than 20,000 CAI'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and not __fish_seen_subcommand_from miner coordinator update rotate remove idle status" -f -a "coordinator" -d 'Register a node that takes tasks from applications; its own stake must be more than 2,000,000 CAI'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and not __fish_seen_subcommand_from miner coordinator update rotate remove idle status" -f -a "update" -d 'Change a node\'s name, introduction, endpoint or commission, as its owner'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and not __fish_seen_subcommand_from miner coordinator update rotate remove idle status" -f -a "rotate" -d 'Replace a node\'s key by a new one, as its owner: stake, votes and everything else stay'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and not __fish_seen_subcommand_from miner coordinator update rotate remove idle status" -f -a "remove" -d 'Remove a node from the network permanently, as its owner'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and not __fish_seen_subcommand_from miner coordinator update rotate remove idle status" -f -a "idle" -d 'Mark a node as idle that nobody has paid for 7 days; it then earns nothing until somebody pays it, and you get a small tip'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and not __fish_seen_subcommand_from miner coordinator update rotate remove idle status" -f -a "status" -d 'Show the registration, the stake and the commission of nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from miner" -l node-account -d 'Wallet that holds the node\'s own key, which stays on the node\'s machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from miner" -l node-password-file -d 'File with the password of the node\'s wallet [default: the file of --password-file]' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from miner" -l name -d 'Name of the node' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from miner" -l introduction -d 'Introduction that people read about the node' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from miner" -l endpoint -d 'URL at which miners reach the node, such as wss://HOST/link; a coordinator needs one' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from miner" -l stake -d 'Own stake of the node in CAI, out of your free stake' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from miner" -l confirmations -d 'Number of blocks to wait for, counting the one that holds the transaction' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from miner" -l gas-limit -d 'Gas limit, in units of gas, instead of the estimate with a margin' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from miner" -l max-fee -d 'Highest price of a unit of gas, such as 2gwei or 1500000000 (in wei), instead of the estimate' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from miner" -l priority-fee -d 'Tip for a unit of gas, such as 25gwei, within the highest price, instead of the estimate: some chains ask for a least one' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from miner" -l nonce -d 'Nonce to use instead of the account\'s next; the nonce of a stuck transaction replaces it' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from miner" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from miner" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from miner" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from miner" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from miner" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from miner" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from miner" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from miner" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from miner" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from miner" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from miner" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from miner" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from miner" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from miner" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from miner" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from miner" -l dry-run -d 'Simulate the transaction and print it; send nothing'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from miner" -l no-wait -d 'Return once the transaction is sent, without waiting until it is in a block'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from miner" -l calldata -d 'Simulate the transaction and print its call data, for another wallet to send; send nothing'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from miner" -l legacy -d 'Send a transaction with one price of gas, as before EIP-1559; chains without it get such ones anyway'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from miner" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from miner" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from miner" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from miner" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from miner" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from miner" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from miner" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from miner" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from miner" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from miner" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from coordinator" -l node-account -d 'Wallet that holds the node\'s own key, which stays on the node\'s machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from coordinator" -l node-password-file -d 'File with the password of the node\'s wallet [default: the file of --password-file]' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from coordinator" -l name -d 'Name of the node' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from coordinator" -l introduction -d 'Introduction that people read about the node' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from coordinator" -l endpoint -d 'URL at which miners reach the node, such as wss://HOST/link; a coordinator needs one' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from coordinator" -l stake -d 'Own stake of the node in CAI, out of your free stake' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from coordinator" -l confirmations -d 'Number of blocks to wait for, counting the one that holds the transaction' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from coordinator" -l gas-limit -d 'Gas limit, in units of gas, instead of the estimate with a margin' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from coordinator" -l max-fee -d 'Highest price of a unit of gas, such as 2gwei or 1500000000 (in wei), instead of the estimate' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from coordinator" -l priority-fee -d 'Tip for a unit of gas, such as 25gwei, within the highest price, instead of the estimate: some chains ask for a least one' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from coordinator" -l nonce -d 'Nonce to use instead of the account\'s next; the nonce of a stuck transaction replaces it' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from coordinator" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from coordinator" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from coordinator" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from coordinator" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from coordinator" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from coordinator" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from coordinator" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from coordinator" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from coordinator" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from coordinator" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from coordinator" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from coordinator" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from coordinator" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from coordinator" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from coordinator" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from coordinator" -l dry-run -d 'Simulate the transaction and print it; send nothing'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from coordinator" -l no-wait -d 'Return once the transaction is sent, without waiting until it is in a block'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from coordinator" -l calldata -d 'Simulate the transaction and print its call data, for another wallet to send; send nothing'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from coordinator" -l legacy -d 'Send a transaction with one price of gas, as before EIP-1559; chains without it get such ones anyway'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from coordinator" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from coordinator" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from coordinator" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from coordinator" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from coordinator" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from coordinator" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from coordinator" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from coordinator" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from coordinator" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from coordinator" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from update" -l name -d 'New name of the node' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from update" -l introduction -d 'New introduction that people read about the node' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from update" -l endpoint -d 'New URL at which miners reach the node, such as wss://HOST/link; a coordinator needs one' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from update" -l commission -d 'New commission: the owner\'s part of the node\'s earnings in percent, such as 2.5; at most 50. It takes effect one unbonding period later, or at once in a new node\'s first hour as long as nobody else has staked' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from update" -l confirmations -d 'Number of blocks to wait for, counting the one that holds the transaction' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from update" -l gas-limit -d 'Gas limit, in units of gas, instead of the estimate with a margin' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from update" -l max-fee -d 'Highest price of a unit of gas, such as 2gwei or 1500000000 (in wei), instead of the estimate' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from update" -l priority-fee -d 'Tip for a unit of gas, such as 25gwei, within the highest price, instead of the estimate: some chains ask for a least one' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from update" -l nonce -d 'Nonce to use instead of the account\'s next; the nonce of a stuck transaction replaces it' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from update" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from update" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from update" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from update" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from update" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from update" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from update" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from update" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from update" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from update" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from update" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from update" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from update" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from update" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from update" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from update" -l dry-run -d 'Simulate the transaction and print it; send nothing'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from update" -l no-wait -d 'Return once the transaction is sent, without waiting until it is in a block'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from update" -l calldata -d 'Simulate the transaction and print its call data, for another wallet to send; send nothing'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from update" -l legacy -d 'Send a transaction with one price of gas, as before EIP-1559; chains without it get such ones anyway'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from update" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from update" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from update" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from update" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from update" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from update" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from update" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from update" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from update" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from update" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from rotate" -l node-account -d 'Wallet that holds the new key, which stays on the node\'s machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from rotate" -l node-password-file -d 'File with the password of the new key\'s wallet [default: the file of --password-file]' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from rotate" -l confirmations -d 'Number of blocks to wait for, counting the one that holds the transaction' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from rotate" -l gas-limit -d 'Gas limit, in units of gas, instead of the estimate with a margin' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from rotate" -l max-fee -d 'Highest price of a unit of gas, such as 2gwei or 1500000000 (in wei), instead of the estimate' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from rotate" -l priority-fee -d 'Tip for a unit of gas, such as 25gwei, within the highest price, instead of the estimate: some chains ask for a least one' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from rotate" -l nonce -d 'Nonce to use instead of the account\'s next; the nonce of a stuck transaction replaces it' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from rotate" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from rotate" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from rotate" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from rotate" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from rotate" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from rotate" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from rotate" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from rotate" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from rotate" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from rotate" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from rotate" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from rotate" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from rotate" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from rotate" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from rotate" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from rotate" -l dry-run -d 'Simulate the transaction and print it; send nothing'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from rotate" -l no-wait -d 'Return once the transaction is sent, without waiting until it is in a block'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from rotate" -l calldata -d 'Simulate the transaction and print its call data, for another wallet to send; send nothing'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from rotate" -l legacy -d 'Send a transaction with one price of gas, as before EIP-1559; chains without it get such ones anyway'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from rotate" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from rotate" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from rotate" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from rotate" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from rotate" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from rotate" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from rotate" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from rotate" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from rotate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from rotate" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from remove" -l confirm -d 'Name of the node, to confirm its removal, which cannot be undone' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from remove" -l confirmations -d 'Number of blocks to wait for, counting the one that holds the transaction' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from remove" -l gas-limit -d 'Gas limit, in units of gas, instead of the estimate with a margin' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from remove" -l max-fee -d 'Highest price of a unit of gas, such as 2gwei or 1500000000 (in wei), instead of the estimate' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from remove" -l priority-fee -d 'Tip for a unit of gas, such as 25gwei, within the highest price, instead of the estimate: some chains ask for a least one' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from remove" -l nonce -d 'Nonce to use instead of the account\'s next; the nonce of a stuck transaction replaces it' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from remove" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from remove" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from remove" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from remove" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from remove" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from remove" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from remove" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from remove" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from remove" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from remove" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from remove" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from remove" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from remove" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from remove" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from remove" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from remove" -l dry-run -d 'Simulate the transaction and print it; send nothing'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from remove" -l no-wait -d 'Return once the transaction is sent, without waiting until it is in a block'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from remove" -l calldata -d 'Simulate the transaction and print its call data, for another wallet to send; send nothing'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from remove" -l legacy -d 'Send a transaction with one price of gas, as before EIP-1559; chains without it get such ones anyway'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from remove" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from remove" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from remove" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from remove" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from remove" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from remove" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from remove" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from remove" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from remove" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from remove" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from idle" -l confirmations -d 'Number of blocks to wait for, counting the one that holds the transaction' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from idle" -l gas-limit -d 'Gas limit, in units of gas, instead of the estimate with a margin' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from idle" -l max-fee -d 'Highest price of a unit of gas, such as 2gwei or 1500000000 (in wei), instead of the estimate' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from idle" -l priority-fee -d 'Tip for a unit of gas, such as 25gwei, within the highest price, instead of the estimate: some chains ask for a least one' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from idle" -l nonce -d 'Nonce to use instead of the account\'s next; the nonce of a stuck transaction replaces it' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from idle" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from idle" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from idle" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from idle" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from idle" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from idle" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from idle" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from idle" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from idle" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from idle" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from idle" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from idle" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from idle" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from idle" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from idle" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from idle" -l dry-run -d 'Simulate the transaction and print it; send nothing'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from idle" -l no-wait -d 'Return once the transaction is sent, without waiting until it is in a block'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from idle" -l calldata -d 'Simulate the transaction and print its call data, for another wallet to send; send nothing'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from idle" -l legacy -d 'Send a transaction with one price of gas, as before EIP-1559; chains without it get such ones anyway'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from idle" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from idle" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from idle" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from idle" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from idle" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from idle" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from idle" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from idle" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from idle" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from idle" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from status" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from status" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from status" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from status" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from status" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from status" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from status" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from status" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from status" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from status" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from status" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from status" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from status" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from status" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from status" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from status" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from status" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from status" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from status" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from status" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from status" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from status" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from status" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand register; and __fish_seen_subcommand_from status" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and not __fish_seen_subcommand_from deposit thaw withdraw status collect redeem" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and not __fish_seen_subcommand_from deposit thaw withdraw status collect redeem" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and not __fish_seen_subcommand_from deposit thaw withdraw status collect redeem" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and not __fish_seen_subcommand_from deposit thaw withdraw status collect redeem" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and not __fish_seen_subcommand_from deposit thaw withdraw status collect redeem" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and not __fish_seen_subcommand_from deposit thaw withdraw status collect redeem" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and not __fish_seen_subcommand_from deposit thaw withdraw status collect redeem" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and not __fish_seen_subcommand_from deposit thaw withdraw status collect redeem" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and not __fish_seen_subcommand_from deposit thaw withdraw status collect redeem" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and not __fish_seen_subcommand_from deposit thaw withdraw status collect redeem" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and not __fish_seen_subcommand_from deposit thaw withdraw status collect redeem" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and not __fish_seen_subcommand_from deposit thaw withdraw status collect redeem" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and not __fish_seen_subcommand_from deposit thaw withdraw status collect redeem" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and not __fish_seen_subcommand_from deposit thaw withdraw status collect redeem" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and not __fish_seen_subcommand_from deposit thaw withdraw status collect redeem" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and not __fish_seen_subcommand_from deposit thaw withdraw status collect redeem" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and not __fish_seen_subcommand_from deposit thaw withdraw status collect redeem" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and not __fish_seen_subcommand_from deposit thaw withdraw status collect redeem" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and not __fish_seen_subcommand_from deposit thaw withdraw status collect redeem" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and not __fish_seen_subcommand_from deposit thaw withdraw status collect redeem" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and not __fish_seen_subcommand_from deposit thaw withdraw status collect redeem" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and not __fish_seen_subcommand_from deposit thaw withdraw status collect redeem" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and not __fish_seen_subcommand_from deposit thaw withdraw status collect redeem" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and not __fish_seen_subcommand_from deposit thaw withdraw status collect redeem" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and not __fish_seen_subcommand_from deposit thaw withdraw status collect redeem" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and not __fish_seen_subcommand_from deposit thaw withdraw status collect redeem" -f -a "deposit" -d 'Prepay for a coordinator; anybody may pay for any coordinator'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and not __fish_seen_subcommand_from deposit thaw withdraw status collect redeem" -f -a "thaw" -d 'Start taking escrow back, as the coordinator\'s owner; it still pays miners until it is withdrawn'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and not __fish_seen_subcommand_from deposit thaw withdraw status collect redeem" -f -a "withdraw" -d 'Withdraw escrow that has thawed, to the coordinator\'s owner'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and not __fish_seen_subcommand_from deposit thaw withdraw status collect redeem" -f -a "status" -d 'Show the escrow of one coordinator or of all'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and not __fish_seen_subcommand_from deposit thaw withdraw status collect redeem" -f -a "collect" -d 'Collect what coordinators have settled, for the miners\' owner'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and not __fish_seen_subcommand_from deposit thaw withdraw status collect redeem" -f -a "redeem" -d 'Redeem a coordinator\'s voucher, for the miner\'s owner'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from deposit" -l confirmations -d 'Number of blocks to wait for, counting the one that holds the transaction' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from deposit" -l gas-limit -d 'Gas limit, in units of gas, instead of the estimate with a margin' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from deposit" -l max-fee -d 'Highest price of a unit of gas, such as 2gwei or 1500000000 (in wei), instead of the estimate' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from deposit" -l priority-fee -d 'Tip for a unit of gas, such as 25gwei, within the highest price, instead of the estimate: some chains ask for a least one' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from deposit" -l nonce -d 'Nonce to use instead of the account\'s next; the nonce of a stuck transaction replaces it' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from deposit" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from deposit" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from deposit" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from deposit" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from deposit" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from deposit" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from deposit" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from deposit" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from deposit" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from deposit" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from deposit" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from deposit" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from deposit" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from deposit" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from deposit" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from deposit" -l dry-run -d 'Simulate the transaction and print it; send nothing'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from deposit" -l no-wait -d 'Return once the transaction is sent, without waiting until it is in a block'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from deposit" -l calldata -d 'Simulate the transaction and print its call data, for another wallet to send; send nothing'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from deposit" -l legacy -d 'Send a transaction with one price of gas, as before EIP-1559; chains without it get such ones anyway'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from deposit" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from deposit" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from deposit" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from deposit" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from deposit" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from deposit" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from deposit" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from deposit" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from deposit" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from deposit" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from thaw" -l confirmations -d 'Number of blocks to wait for, counting the one that holds the transaction' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from thaw" -l gas-limit -d 'Gas limit, in units of gas, instead of the estimate with a margin' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from thaw" -l max-fee -d 'Highest price of a unit of gas, such as 2gwei or 1500000000 (in wei), instead of the estimate' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from thaw" -l priority-fee -d 'Tip for a unit of gas, such as 25gwei, within the highest price, instead of the estimate: some chains ask for a least one' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from thaw" -l nonce -d 'Nonce to use instead of the account\'s next; the nonce of a stuck transaction replaces it' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from thaw" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from thaw" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from thaw" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from thaw" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from thaw" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from thaw" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from thaw" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from thaw" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from thaw" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from thaw" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from thaw" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from thaw" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from thaw" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from thaw" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from thaw" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from thaw" -l all -d 'Take all there is; the same as max'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from thaw" -l dry-run -d 'Simulate the transaction and print it; send nothing'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from thaw" -l no-wait -d 'Return once the transaction is sent, without waiting until it is in a block'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from thaw" -l calldata -d 'Simulate the transaction and print its call data, for another wallet to send; send nothing'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from thaw" -l legacy -d 'Send a transaction with one price of gas, as before EIP-1559; chains without it get such ones anyway'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from thaw" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from thaw" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from thaw" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from thaw" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from thaw" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from thaw" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from thaw" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from thaw" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from thaw" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from thaw" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from withdraw" -l confirmations -d 'Number of blocks to wait for, counting the one that holds the transaction' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from withdraw" -l gas-limit -d 'Gas limit, in units of gas, instead of the estimate with a margin' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from withdraw" -l max-fee -d 'Highest price of a unit of gas, such as 2gwei or 1500000000 (in wei), instead of the estimate' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from withdraw" -l priority-fee -d 'Tip for a unit of gas, such as 25gwei, within the highest price, instead of the estimate: some chains ask for a least one' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from withdraw" -l nonce -d 'Nonce to use instead of the account\'s next; the nonce of a stuck transaction replaces it' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from withdraw" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from withdraw" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from withdraw" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from withdraw" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from withdraw" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from withdraw" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from withdraw" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from withdraw" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from withdraw" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from withdraw" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from withdraw" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from withdraw" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from withdraw" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from withdraw" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from withdraw" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from withdraw" -l dry-run -d 'Simulate the transaction and print it; send nothing'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from withdraw" -l no-wait -d 'Return once the transaction is sent, without waiting until it is in a block'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from withdraw" -l calldata -d 'Simulate the transaction and print its call data, for another wallet to send; send nothing'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from withdraw" -l legacy -d 'Send a transaction with one price of gas, as before EIP-1559; chains without it get such ones anyway'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from withdraw" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from withdraw" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from withdraw" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from withdraw" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from withdraw" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from withdraw" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from withdraw" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from withdraw" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from withdraw" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from withdraw" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from status" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from status" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from status" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from status" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from status" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from status" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from status" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from status" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from status" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from status" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from status" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from status" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from status" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from status" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from status" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from status" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from status" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from status" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from status" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from status" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from status" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from status" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from status" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from status" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from collect" -l confirmations -d 'Number of blocks to wait for, counting the one that holds the transaction' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from collect" -l gas-limit -d 'Gas limit, in units of gas, instead of the estimate with a margin' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from collect" -l max-fee -d 'Highest price of a unit of gas, such as 2gwei or 1500000000 (in wei), instead of the estimate' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from collect" -l priority-fee -d 'Tip for a unit of gas, such as 25gwei, within the highest price, instead of the estimate: some chains ask for a least one' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from collect" -l nonce -d 'Nonce to use instead of the account\'s next; the nonce of a stuck transaction replaces it' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from collect" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from collect" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from collect" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from collect" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from collect" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from collect" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from collect" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from collect" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from collect" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from collect" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from collect" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from collect" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from collect" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from collect" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from collect" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from collect" -l dry-run -d 'Simulate the transaction and print it; send nothing'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from collect" -l no-wait -d 'Return once the transaction is sent, without waiting until it is in a block'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from collect" -l calldata -d 'Simulate the transaction and print its call data, for another wallet to send; send nothing'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from collect" -l legacy -d 'Send a transaction with one price of gas, as before EIP-1559; chains without it get such ones anyway'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from collect" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from collect" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from collect" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from collect" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from collect" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from collect" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from collect" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from collect" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from collect" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from collect" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from redeem" -l confirmations -d 'Number of blocks to wait for, counting the one that holds the transaction' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from redeem" -l gas-limit -d 'Gas limit, in units of gas, instead of the estimate with a margin' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from redeem" -l max-fee -d 'Highest price of a unit of gas, such as 2gwei or 1500000000 (in wei), instead of the estimate' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from redeem" -l priority-fee -d 'Tip for a unit of gas, such as 25gwei, within the highest price, instead of the estimate: some chains ask for a least one' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from redeem" -l nonce -d 'Nonce to use instead of the account\'s next; the nonce of a stuck transaction replaces it' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from redeem" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from redeem" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from redeem" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from redeem" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from redeem" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from redeem" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from redeem" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from redeem" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from redeem" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from redeem" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from redeem" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from redeem" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from redeem" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from redeem" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from redeem" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from redeem" -l dry-run -d 'Simulate the transaction and print it; send nothing'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from redeem" -l no-wait -d 'Return once the transaction is sent, without waiting until it is in a block'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from redeem" -l calldata -d 'Simulate the transaction and print its call data, for another wallet to send; send nothing'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from redeem" -l legacy -d 'Send a transaction with one price of gas, as before EIP-1559; chains without it get such ones anyway'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from redeem" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from redeem" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from redeem" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from redeem" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from redeem" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from redeem" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from redeem" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from redeem" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from redeem" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand escrow; and __fish_seen_subcommand_from redeem" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and not __fish_seen_subcommand_from run submit models show watch list receipt evidence cancel" -l coordinator-url -d 'Base URL of the coordinator\'s API' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and not __fish_seen_subcommand_from run submit models show watch list receipt evidence cancel" -l api-key-file -d 'File with your API key for the coordinator, or - for stdin; needed only where the coordinator asks for a key' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and not __fish_seen_subcommand_from run submit models show watch list receipt evidence cancel" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and not __fish_seen_subcommand_from run submit models show watch list receipt evidence cancel" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and not __fish_seen_subcommand_from run submit models show watch list receipt evidence cancel" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and not __fish_seen_subcommand_from run submit models show watch list receipt evidence cancel" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and not __fish_seen_subcommand_from run submit models show watch list receipt evidence cancel" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and not __fish_seen_subcommand_from run submit models show watch list receipt evidence cancel" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and not __fish_seen_subcommand_from run submit models show watch list receipt evidence cancel" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and not __fish_seen_subcommand_from run submit models show watch list receipt evidence cancel" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and not __fish_seen_subcommand_from run submit models show watch list receipt evidence cancel" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and not __fish_seen_subcommand_from run submit models show watch list receipt evidence cancel" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and not __fish_seen_subcommand_from run submit models show watch list receipt evidence cancel" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and not __fish_seen_subcommand_from run submit models show watch list receipt evidence cancel" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and not __fish_seen_subcommand_from run submit models show watch list receipt evidence cancel" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and not __fish_seen_subcommand_from run submit models show watch list receipt evidence cancel" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and not __fish_seen_subcommand_from run submit models show watch list receipt evidence cancel" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and not __fish_seen_subcommand_from run submit models show watch list receipt evidence cancel" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and not __fish_seen_subcommand_from run submit models show watch list receipt evidence cancel" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and not __fish_seen_subcommand_from run submit models show watch list receipt evidence cancel" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and not __fish_seen_subcommand_from run submit models show watch list receipt evidence cancel" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and not __fish_seen_subcommand_from run submit models show watch list receipt evidence cancel" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and not __fish_seen_subcommand_from run submit models show watch list receipt evidence cancel" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and not __fish_seen_subcommand_from run submit models show watch list receipt evidence cancel" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and not __fish_seen_subcommand_from run submit models show watch list receipt evidence cancel" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and not __fish_seen_subcommand_from run submit models show watch list receipt evidence cancel" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and not __fish_seen_subcommand_from run submit models show watch list receipt evidence cancel" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and not __fish_seen_subcommand_from run submit models show watch list receipt evidence cancel" -f -a "run" -d 'Ask a question, print the answer as it is generated, and verify its receipt'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and not __fish_seen_subcommand_from run submit models show watch list receipt evidence cancel" -f -a "submit" -d 'Ask a question and print only the task\'s id; the task runs on without this command'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and not __fish_seen_subcommand_from run submit models show watch list receipt evidence cancel" -f -a "models" -d 'List the models that the coordinator offers, and their prices'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and not __fish_seen_subcommand_from run submit models show watch list receipt evidence cancel" -f -a "show" -d 'Show the state of a task'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and not __fish_seen_subcommand_from run submit models show watch list receipt evidence cancel" -f -a "watch" -d 'Follow a task: print its states and its answer as it is generated, then verify its receipt'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and not __fish_seen_subcommand_from run submit models show watch list receipt evidence cancel" -f -a "list" -d 'List your newest tasks at the coordinator'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and not __fish_seen_subcommand_from run submit models show watch list receipt evidence cancel" -f -a "receipt" -d 'Print the signed receipt of a finished task with its answer, for `cuckoo audit receipt` and `cuckoo dispute`'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and not __fish_seen_subcommand_from run submit models show watch list receipt evidence cancel" -f -a "evidence" -d 'Print the evidence of a finished task: its receipt and answer with the prompt, the parameters and the log-probabilities, for `cuckoo audit receipt --model` and `cuckoo dispute open --model`'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and not __fish_seen_subcommand_from run submit models show watch list receipt evidence cancel" -f -a "cancel" -d 'Cancel a task; a task that has already ended stays as it is'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from run" -l file -d 'Text file to put after the question; without a question, the file is the question. Repeat it for several files' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from run" -l model -d 'Name of the model to ask [default: the only text model that the coordinator offers]' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from run" -l system -d 'System message with instructions for the model [default: none]' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from run" -l image -d 'PNG, JPEG, GIF or WebP file to show to the model before the question; repeat it for several images' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from run" -l max-tokens -d 'Maximum length of the answer in tokens' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from run" -l temperature -d 'Sampling temperature from 0 to 2; 0 always takes the most likely token' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from run" -l seed -d 'Seed of the sampling, from which the same model generates the same answer' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from run" -l coordinator-url -d 'Base URL of the coordinator\'s API' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from run" -l api-key-file -d 'File with your API key for the coordinator, or - for stdin; needed only where the coordinator asks for a key' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from run" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from run" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from run" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from run" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from run" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from run" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from run" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from run" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from run" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from run" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from run" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from run" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from run" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from run" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from run" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from run" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from run" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from run" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from run" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from run" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from run" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from run" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from run" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from run" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from run" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from submit" -l file -d 'Text file to put after the question; without a question, the file is the question. Repeat it for several files' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from submit" -l model -d 'Name of the model to ask [default: the only text model that the coordinator offers]' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from submit" -l system -d 'System message with instructions for the model [default: none]' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from submit" -l image -d 'PNG, JPEG, GIF or WebP file to show to the model before the question; repeat it for several images' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from submit" -l max-tokens -d 'Maximum length of the answer in tokens' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from submit" -l temperature -d 'Sampling temperature from 0 to 2; 0 always takes the most likely token' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from submit" -l seed -d 'Seed of the sampling, from which the same model generates the same answer' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from submit" -l coordinator-url -d 'Base URL of the coordinator\'s API' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from submit" -l api-key-file -d 'File with your API key for the coordinator, or - for stdin; needed only where the coordinator asks for a key' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from submit" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from submit" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from submit" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from submit" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from submit" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from submit" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from submit" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from submit" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from submit" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from submit" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from submit" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from submit" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from submit" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from submit" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from submit" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from submit" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from submit" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from submit" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from submit" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from submit" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from submit" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from submit" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from submit" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from submit" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from submit" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from models" -l coordinator-url -d 'Base URL of the coordinator\'s API' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from models" -l api-key-file -d 'File with your API key for the coordinator, or - for stdin; needed only where the coordinator asks for a key' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from models" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from models" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from models" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from models" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from models" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from models" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from models" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from models" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from models" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from models" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from models" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from models" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from models" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from models" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from models" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from models" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from models" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from models" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from models" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from models" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from models" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from models" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from models" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from models" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from models" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from show" -l coordinator-url -d 'Base URL of the coordinator\'s API' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from show" -l api-key-file -d 'File with your API key for the coordinator, or - for stdin; needed only where the coordinator asks for a key' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from show" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from show" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from show" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from show" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from show" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from show" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from show" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from show" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from show" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from show" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from show" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from show" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from show" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from show" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from show" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from show" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from show" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from show" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from show" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from show" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from show" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from show" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from watch" -l coordinator-url -d 'Base URL of the coordinator\'s API' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from watch" -l api-key-file -d 'File with your API key for the coordinator, or - for stdin; needed only where the coordinator asks for a key' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from watch" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from watch" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from watch" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from watch" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from watch" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from watch" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from watch" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from watch" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from watch" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from watch" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from watch" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from watch" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from watch" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from watch" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from watch" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from watch" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from watch" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from watch" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from watch" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from watch" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from watch" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from watch" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from watch" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from watch" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from watch" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from list" -l limit -d 'Maximum number of tasks to list' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from list" -l coordinator-url -d 'Base URL of the coordinator\'s API' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from list" -l api-key-file -d 'File with your API key for the coordinator, or - for stdin; needed only where the coordinator asks for a key' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from list" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from list" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from list" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from list" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from list" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from list" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from list" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from list" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from list" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from list" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from list" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from list" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from list" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from list" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from list" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from list" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from list" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from list" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from list" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from list" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from list" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from list" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from receipt" -l coordinator-url -d 'Base URL of the coordinator\'s API' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from receipt" -l api-key-file -d 'File with your API key for the coordinator, or - for stdin; needed only where the coordinator asks for a key' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from receipt" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from receipt" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from receipt" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from receipt" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from receipt" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from receipt" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from receipt" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from receipt" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from receipt" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from receipt" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from receipt" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from receipt" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from receipt" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from receipt" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from receipt" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from receipt" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from receipt" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from receipt" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from receipt" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from receipt" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from receipt" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from receipt" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from receipt" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from receipt" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from receipt" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from evidence" -l out -d 'New file to write it to, which only you can read' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from evidence" -l coordinator-url -d 'Base URL of the coordinator\'s API' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from evidence" -l api-key-file -d 'File with your API key for the coordinator, or - for stdin; needed only where the coordinator asks for a key' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from evidence" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from evidence" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from evidence" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from evidence" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from evidence" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from evidence" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from evidence" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from evidence" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from evidence" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from evidence" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from evidence" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from evidence" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from evidence" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from evidence" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from evidence" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from evidence" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from evidence" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from evidence" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from evidence" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from evidence" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from evidence" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from evidence" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from evidence" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from evidence" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from evidence" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from cancel" -l coordinator-url -d 'Base URL of the coordinator\'s API' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from cancel" -l api-key-file -d 'File with your API key for the coordinator, or - for stdin; needed only where the coordinator asks for a key' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from cancel" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from cancel" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from cancel" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from cancel" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from cancel" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from cancel" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from cancel" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from cancel" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from cancel" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from cancel" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from cancel" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from cancel" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from cancel" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from cancel" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from cancel" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from cancel" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from cancel" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from cancel" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from cancel" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from cancel" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from cancel" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from cancel" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from cancel" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from cancel" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand task; and __fish_seen_subcommand_from cancel" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and not __fish_seen_subcommand_from setup run check bench status drain service why vouchers payout redeem claim models" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and not __fish_seen_subcommand_from setup run check bench status drain service why vouchers payout redeem claim models" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and not __fish_seen_subcommand_from setup run check bench status drain service why vouchers payout redeem claim models" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and not __fish_seen_subcommand_from setup run check bench status drain service why vouchers payout redeem claim models" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and not __fish_seen_subcommand_from setup run check bench status drain service why vouchers payout redeem claim models" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and not __fish_seen_subcommand_from setup run check bench status drain service why vouchers payout redeem claim models" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and not __fish_seen_subcommand_from setup run check bench status drain service why vouchers payout redeem claim models" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and not __fish_seen_subcommand_from setup run check bench status drain service why vouchers payout redeem claim models" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and not __fish_seen_subcommand_from setup run check bench status drain service why vouchers payout redeem claim models" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and not __fish_seen_subcommand_from setup run check bench status drain service why vouchers payout redeem claim models" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and not __fish_seen_subcommand_from setup run check bench status drain service why vouchers payout redeem claim models" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and not __fish_seen_subcommand_from setup run check bench status drain service why vouchers payout redeem claim models" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and not __fish_seen_subcommand_from setup run check bench status drain service why vouchers payout redeem claim models" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and not __fish_seen_subcommand_from setup run check bench status drain service why vouchers payout redeem claim models" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and not __fish_seen_subcommand_from setup run check bench status drain service why vouchers payout redeem claim models" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and not __fish_seen_subcommand_from setup run check bench status drain service why vouchers payout redeem claim models" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and not __fish_seen_subcommand_from setup run check bench status drain service why vouchers payout redeem claim models" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and not __fish_seen_subcommand_from setup run check bench status drain service why vouchers payout redeem claim models" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and not __fish_seen_subcommand_from setup run check bench status drain service why vouchers payout redeem claim models" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and not __fish_seen_subcommand_from setup run check bench status drain service why vouchers payout redeem claim models" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and not __fish_seen_subcommand_from setup run check bench status drain service why vouchers payout redeem claim models" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and not __fish_seen_subcommand_from setup run check bench status drain service why vouchers payout redeem claim models" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and not __fish_seen_subcommand_from setup run check bench status drain service why vouchers payout redeem claim models" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and not __fish_seen_subcommand_from setup run check bench status drain service why vouchers payout redeem claim models" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and not __fish_seen_subcommand_from setup run check bench status drain service why vouchers payout redeem claim models" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and not __fish_seen_subcommand_from setup run check bench status drain service why vouchers payout redeem claim models" -f -a "setup" -d 'Set a miner up, step by step: wallets, CAI, stake, registration, model, and a systemd unit'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and not __fish_seen_subcommand_from setup run check bench status drain service why vouchers payout redeem claim models" -f -a "run" -d 'Run a miner until SIGTERM or Ctrl-C; it then finishes its running tasks and exits'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and not __fish_seen_subcommand_from setup run check bench status drain service why vouchers payout redeem claim models" -f -a "check" -d 'Check whether `miner run` would work with the same options'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and not __fish_seen_subcommand_from setup run check bench status drain service why vouchers payout redeem claim models" -f -a "bench" -d 'Measure the speed of the engine on this machine, and what it could earn'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and not __fish_seen_subcommand_from setup run check bench status drain service why vouchers payout redeem claim models" -f -a "status" -d 'Show what a running miner is doing'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and not __fish_seen_subcommand_from setup run check bench status drain service why vouchers payout redeem claim models" -f -a "drain" -d 'Tell a running miner to take no new tasks, finish its own and exit'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and not __fish_seen_subcommand_from setup run check bench status drain service why vouchers payout redeem claim models" -f -a "service" -d 'Install or remove the systemd unit that keeps a miner running'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and not __fish_seen_subcommand_from setup run check bench status drain service why vouchers payout redeem claim models" -f -a "why" -d 'Explain why a running miner gets few tasks or none, from its state and the coordinators\' assignment logs'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and not __fish_seen_subcommand_from setup run check bench status drain service why vouchers payout redeem claim models" -f -a "vouchers" -d 'Show what each coordinator owes the miner'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and not __fish_seen_subcommand_from setup run check bench status drain service why vouchers payout redeem claim models" -f -a "payout" -d 'Do whatever can be done on chain for the miner now: redeem vouchers, claim tickets that no voucher covers, collect what was settled, pay the owner, and prove coordinators\' faults; as the miner\'s owner or with its own key'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and not __fish_seen_subcommand_from setup run check bench status drain service why vouchers payout redeem claim models" -f -a "redeem" -d 'Redeem coordinators\' vouchers on chain, which pays the miner\'s owner; any account may pay the fee'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and not __fish_seen_subcommand_from setup run check bench status drain service why vouchers payout redeem claim models" -f -a "claim" -d 'Redeem vouchers, then claim payment for answered tasks that a coordinator has left without one for too long; as the miner\'s owner or with its own key'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and not __fish_seen_subcommand_from setup run check bench status drain service why vouchers payout redeem claim models" -f -a "models" -d 'Fetch, list, verify and remove the models on this machine'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from setup" -l owner -d 'Wallet that owns the miner and stakes for it; it is made where there is none [default: owner]' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from setup" -l node -d 'Wallet with the miner\'s own key, which stays on this machine; it is made where there is none [default: node]' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from setup" -l name -d 'Name of the miner, which people see [default: the name of this machine]' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from setup" -l introduction -d 'Introduction that people read about the miner [default: none]' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from setup" -l stake -d 'Own stake of the miner in CAI; it must be more than 20,000 [default: 25000]' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from setup" -l faucet-url -d 'URL of the faucet\'s service, for a wallet that has none of the chain\'s coin for fees' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from setup" -l unit-directory -d 'Write the systemd unit that keeps the node running into this directory, such as /etc/systemd/system [default: write none]' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from setup" -l engine -d 'Engine that runs the models' -r -f -a "mistral\t'mistral.rs, supervised in a process of its own'
openai\t'A server that speaks OpenAI\'s API, such as vLLM, SGLang or llama.cpp'
scripted\t'Deterministic words without a model, for tests'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from setup" -l model -d 'Model to run (mistral): a name from `miner models list`, a directory with safetensors, a .gguf file, or a name on the Hugging Face hub; repeat it to run several models, each in a process of its own. With openai, the directory from which a vLLM server with cuckoo\'s plugin has loaded the model, one for each --model-name in the same order, or of the only model that it lists [default: the one that the server tells, where it is on this machine (openai)]' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from setup" -l model-name -d 'Name that applications ask for: one for each --model in the same order (mistral), or the name of a text model to offer (openai, scripted); repeat it for several models [default: the model\'s own name (mistral); every model that the server lists (openai); scripted (scripted)]' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from setup" -l embedding-model -d 'Name of an embedding model to offer (openai, scripted); repeat it for several models. With mistral, the files of --model show what the model is for' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from setup" -l image-model -d 'Name of a model to offer that generates images (openai, scripted); repeat it for several models. With mistral, the files of --model show what the model is for' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from setup" -l quantise -d 'Quantise the weights to this type while loading them (mistral): the model takes less memory, and its manifest says that it is another model [default: load them as they are]' -r -f -a "q8_0\t'8 bits per weight'
q4_0\t'4 bits per weight'
q6_k\t'About 6 bits per weight'
q4_k\t'About 4 bits per weight'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from setup" -l engine-url -d 'Base URL of the server, with or without /v1 (openai)' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from setup" -l engine-api-key-file -d 'File with the key that the server at --engine-url asks for, or - for stdin (openai)' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from setup" -l slots -d 'Number of slots, which is how many tasks run at once: for each model (mistral, scripted), or for all models together (openai) [default: as many as fit into the GPU\'s memory, or 1 on a CPU (mistral); 8 (openai); 4 (scripted)]' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from setup" -l scripted-tokens -d 'Length of each answer in tokens, where the request allows it (scripted) [default: 24]' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from setup" -l scripted-rate -d 'Speed of each task in tokens per second (scripted) [default: 0, as fast as possible]' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from setup" -l scripted-cheat -d 'Cheat in this way, such as `laundered` or `some_false=20` (scripted)' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from setup" -l quantise-secretly -d 'Quantise the weights to this type, and say that they are as they are (mistral)' -r -f -a "q8_0\t'8 bits per weight'
q4_0\t'4 bits per weight'
q6_k\t'About 6 bits per weight'
q4_k\t'About 4 bits per weight'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from setup" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from setup" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from setup" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from setup" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from setup" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from setup" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from setup" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from setup" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from setup" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from setup" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from setup" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from setup" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from setup" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from setup" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from setup" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from setup" -l bench -d 'Measure the speed of the engine before anything is staked [default: only if a person at the terminal agrees]'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from setup" -l start -d 'Give the unit its key and start it, as root on a machine with systemd'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from setup" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from setup" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from setup" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from setup" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from setup" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from setup" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from setup" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from setup" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from setup" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from setup" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from run" -l data -d 'Directory where the miner records its signatures and vouchers [default: `miner` in the data directory]' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from run" -l max-unpaid -d 'Number of answered tasks that one coordinator may leave without an acknowledgement, or without a voucher a minute after it, before the miner stops working for it' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from run" -l min-prompt-price -d 'Lowest price to work for, in CAI per 1,000 prompt tokens' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from run" -l min-completion-price -d 'Lowest price to work for, in CAI per 1,000 generated tokens' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from run" -l admin-listen -d 'Address to serve status and metrics on for operators and dashboards; it must be a loopback address' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from run" -l payout-above -d 'Amount from which what coordinators owe is redeemed, claimed and paid to the miner\'s owner, in CAI; whatever it is, once half a week has passed since the last payment; 0 for never. The node key pays the fees in the chain\'s coin' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from run" -l evidence-size -d 'Size of the evidence of answers to keep, in mebibytes; the oldest goes first' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from run" -l calibrations -d 'Directory with calibrations for more engines and devices, as `cuckoo audit calibrate` writes them; a juror tells honest noise by them [default: those that are built in]' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from run" -l engine -d 'Engine that runs the models' -r -f -a "mistral\t'mistral.rs, supervised in a process of its own'
openai\t'A server that speaks OpenAI\'s API, such as vLLM, SGLang or llama.cpp'
scripted\t'Deterministic words without a model, for tests'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from run" -l model -d 'Model to run (mistral): a name from `miner models list`, a directory with safetensors, a .gguf file, or a name on the Hugging Face hub; repeat it to run several models, each in a process of its own. With openai, the directory from which a vLLM server with cuckoo\'s plugin has loaded the model, one for each --model-name in the same order, or of the only model that it lists [default: the one that the server tells, where it is on this machine (openai)]' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from run" -l model-name -d 'Name that applications ask for: one for each --model in the same order (mistral), or the name of a text model to offer (openai, scripted); repeat it for several models [default: the model\'s own name (mistral); every model that the server lists (openai); scripted (scripted)]' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from run" -l embedding-model -d 'Name of an embedding model to offer (openai, scripted); repeat it for several models. With mistral, the files of --model show what the model is for' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from run" -l image-model -d 'Name of a model to offer that generates images (openai, scripted); repeat it for several models. With mistral, the files of --model show what the model is for' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from run" -l quantise -d 'Quantise the weights to this type while loading them (mistral): the model takes less memory, and its manifest says that it is another model [default: load them as they are]' -r -f -a "q8_0\t'8 bits per weight'
q4_0\t'4 bits per weight'
q6_k\t'About 6 bits per weight'
q4_k\t'About 4 bits per weight'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from run" -l engine-url -d 'Base URL of the server, with or without /v1 (openai)' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from run" -l engine-api-key-file -d 'File with the key that the server at --engine-url asks for, or - for stdin (openai)' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from run" -l slots -d 'Number of slots, which is how many tasks run at once: for each model (mistral, scripted), or for all models together (openai) [default: as many as fit into the GPU\'s memory, or 1 on a CPU (mistral); 8 (openai); 4 (scripted)]' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from run" -l scripted-tokens -d 'Length of each answer in tokens, where the request allows it (scripted) [default: 24]' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from run" -l scripted-rate -d 'Speed of each task in tokens per second (scripted) [default: 0, as fast as possible]' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from run" -l scripted-cheat -d 'Cheat in this way, such as `laundered` or `some_false=20` (scripted)' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from run" -l quantise-secretly -d 'Quantise the weights to this type, and say that they are as they are (mistral)' -r -f -a "q8_0\t'8 bits per weight'
q4_0\t'4 bits per weight'
q6_k\t'About 6 bits per weight'
q4_k\t'About 4 bits per weight'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from run" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from run" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from run" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from run" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from run" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from run" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from run" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from run" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from run" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from run" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from run" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from run" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from run" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from run" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from run" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from run" -l no-jury -d 'Take no part in juries. Without this, the miner offers itself for juries over answers of the models that it can examine, for as long as it runs; its key pays the fees'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from run" -l no-tui -d 'Show the log at a terminal, too [default: at a terminal the dashboard, with the log in it; closing it does not end the node]'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from run" -l exit-with-parent -d 'Exit when stdin is closed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from run" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from run" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from run" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from run" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from run" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from run" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from run" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from run" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from run" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from run" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from check" -l data -d 'Directory where the miner would record its signatures and vouchers [default: `miner` in the data directory]' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from check" -l admin-listen -d 'Address that the miner would serve status and metrics on' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from check" -l payout-above -d 'Amount from which the miner would pay out what coordinators owe, in CAI; 0 for never' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from check" -l engine -d 'Engine that runs the models' -r -f -a "mistral\t'mistral.rs, supervised in a process of its own'
openai\t'A server that speaks OpenAI\'s API, such as vLLM, SGLang or llama.cpp'
scripted\t'Deterministic words without a model, for tests'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from check" -l model -d 'Model to run (mistral): a name from `miner models list`, a directory with safetensors, a .gguf file, or a name on the Hugging Face hub; repeat it to run several models, each in a process of its own. With openai, the directory from which a vLLM server with cuckoo\'s plugin has loaded the model, one for each --model-name in the same order, or of the only model that it lists [default: the one that the server tells, where it is on this machine (openai)]' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from check" -l model-name -d 'Name that applications ask for: one for each --model in the same order (mistral), or the name of a text model to offer (openai, scripted); repeat it for several models [default: the model\'s own name (mistral); every model that the server lists (openai); scripted (scripted)]' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from check" -l embedding-model -d 'Name of an embedding model to offer (openai, scripted); repeat it for several models. With mistral, the files of --model show what the model is for' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from check" -l image-model -d 'Name of a model to offer that generates images (openai, scripted); repeat it for several models. With mistral, the files of --model show what the model is for' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from check" -l quantise -d 'Quantise the weights to this type while loading them (mistral): the model takes less memory, and its manifest says that it is another model [default: load them as they are]' -r -f -a "q8_0\t'8 bits per weight'
q4_0\t'4 bits per weight'
q6_k\t'About 6 bits per weight'
q4_k\t'About 4 bits per weight'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from check" -l engine-url -d 'Base URL of the server, with or without /v1 (openai)' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from check" -l engine-api-key-file -d 'File with the key that the server at --engine-url asks for, or - for stdin (openai)' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from check" -l slots -d 'Number of slots, which is how many tasks run at once: for each model (mistral, scripted), or for all models together (openai) [default: as many as fit into the GPU\'s memory, or 1 on a CPU (mistral); 8 (openai); 4 (scripted)]' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from check" -l scripted-tokens -d 'Length of each answer in tokens, where the request allows it (scripted) [default: 24]' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from check" -l scripted-rate -d 'Speed of each task in tokens per second (scripted) [default: 0, as fast as possible]' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from check" -l scripted-cheat -d 'Cheat in this way, such as `laundered` or `some_false=20` (scripted)' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from check" -l quantise-secretly -d 'Quantise the weights to this type, and say that they are as they are (mistral)' -r -f -a "q8_0\t'8 bits per weight'
q4_0\t'4 bits per weight'
q6_k\t'About 6 bits per weight'
q4_k\t'About 4 bits per weight'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from check" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from check" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from check" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from check" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from check" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from check" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from check" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from check" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from check" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from check" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from check" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from check" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from check" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from check" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from check" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from check" -l no-jury -d 'The miner would take no part in juries'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from check" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from check" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from check" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from check" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from check" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from check" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from check" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from check" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from check" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from bench" -l tokens -d 'Length of each answer in tokens' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from bench" -l rounds -d 'Number of answers that each figure is measured from; a time is their median' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from bench" -l coordinator-url -d 'Base URL of a coordinator\'s API, to show what it would pay for an hour [default: show no earnings]' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from bench" -l api-key-file -d 'File with your API key for the coordinator, or - for stdin; needed only where the coordinator asks for a key' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from bench" -l engine -d 'Engine that runs the models' -r -f -a "mistral\t'mistral.rs, supervised in a process of its own'
openai\t'A server that speaks OpenAI\'s API, such as vLLM, SGLang or llama.cpp'
scripted\t'Deterministic words without a model, for tests'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from bench" -l model -d 'Model to run (mistral): a name from `miner models list`, a directory with safetensors, a .gguf file, or a name on the Hugging Face hub; repeat it to run several models, each in a process of its own. With openai, the directory from which a vLLM server with cuckoo\'s plugin has loaded the model, one for each --model-name in the same order, or of the only model that it lists [default: the one that the server tells, where it is on this machine (openai)]' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from bench" -l model-name -d 'Name that applications ask for: one for each --model in the same order (mistral), or the name of a text model to offer (openai, scripted); repeat it for several models [default: the model\'s own name (mistral); every model that the server lists (openai); scripted (scripted)]' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from bench" -l embedding-model -d 'Name of an embedding model to offer (openai, scripted); repeat it for several models. With mistral, the files of --model show what the model is for' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from bench" -l image-model -d 'Name of a model to offer that generates images (openai, scripted); repeat it for several models. With mistral, the files of --model show what the model is for' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from bench" -l quantise -d 'Quantise the weights to this type while loading them (mistral): the model takes less memory, and its manifest says that it is another model [default: load them as they are]' -r -f -a "q8_0\t'8 bits per weight'
q4_0\t'4 bits per weight'
q6_k\t'About 6 bits per weight'
q4_k\t'About 4 bits per weight'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from bench" -l engine-url -d 'Base URL of the server, with or without /v1 (openai)' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from bench" -l engine-api-key-file -d 'File with the key that the server at --engine-url asks for, or - for stdin (openai)' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from bench" -l slots -d 'Number of slots, which is how many tasks run at once: for each model (mistral, scripted), or for all models together (openai) [default: as many as fit into the GPU\'s memory, or 1 on a CPU (mistral); 8 (openai); 4 (scripted)]' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from bench" -l scripted-tokens -d 'Length of each answer in tokens, where the request allows it (scripted) [default: 24]' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from bench" -l scripted-rate -d 'Speed of each task in tokens per second (scripted) [default: 0, as fast as possible]' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from bench" -l scripted-cheat -d 'Cheat in this way, such as `laundered` or `some_false=20` (scripted)' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from bench" -l quantise-secretly -d 'Quantise the weights to this type, and say that they are as they are (mistral)' -r -f -a "q8_0\t'8 bits per weight'
q4_0\t'4 bits per weight'
q6_k\t'About 6 bits per weight'
q4_k\t'About 4 bits per weight'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from bench" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from bench" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from bench" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from bench" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from bench" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from bench" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from bench" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from bench" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from bench" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from bench" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from bench" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from bench" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from bench" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from bench" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from bench" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from bench" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from bench" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from bench" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from bench" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from bench" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from bench" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from bench" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from bench" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from bench" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from bench" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from status" -l connect -d 'URL of the node\'s operator listener, which its --admin-listen sets [default: http://127.0.0.1:8792 for a miner, http://127.0.0.1:8782 for a coordinator]' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from status" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from status" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from status" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from status" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from status" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from status" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from status" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from status" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from status" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from status" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from status" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from status" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from status" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from status" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from status" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from status" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from status" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from status" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from status" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from status" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from status" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from status" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from status" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from status" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from drain" -l connect -d 'URL of the node\'s operator listener, which its --admin-listen sets [default: http://127.0.0.1:8792 for a miner, http://127.0.0.1:8782 for a coordinator]' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from drain" -l data -d 'Directory that the node itself was given as --data [default: `miner` or `coordinator` in the data directory]' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from drain" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from drain" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from drain" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from drain" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from drain" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from drain" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from drain" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from drain" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from drain" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from drain" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from drain" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from drain" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from drain" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from drain" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from drain" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from drain" -l wait -d 'Wait until the node has exited [default: return at once]'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from drain" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from drain" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from drain" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from drain" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from drain" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from drain" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from drain" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from drain" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from drain" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from drain" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from service" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from service" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from service" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from service" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from service" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from service" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from service" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from service" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from service" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from service" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from service" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from service" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from service" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from service" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from service" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from service" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from service" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from service" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from service" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from service" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from service" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from service" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from service" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from service" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from service" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from service" -f -a "install" -d 'Write the unit file; options after -- are added to the command that the unit runs'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from service" -f -a "remove" -d 'Remove the unit file'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from why" -l connect -d 'URL of the running miner\'s operator listener, which its --admin-listen sets' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from why" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from why" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from why" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from why" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from why" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from why" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from why" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from why" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from why" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from why" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from why" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from why" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from why" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from why" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from why" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from why" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from why" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from why" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from why" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from why" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from why" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from why" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from why" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from why" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from why" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from vouchers" -l data -d 'Directory that the miner itself was given as --data [default: `miner` in the data directory]' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from vouchers" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from vouchers" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from vouchers" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from vouchers" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from vouchers" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from vouchers" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from vouchers" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from vouchers" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from vouchers" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from vouchers" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from vouchers" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from vouchers" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from vouchers" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from vouchers" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from vouchers" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from vouchers" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from vouchers" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from vouchers" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from vouchers" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from vouchers" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from vouchers" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from vouchers" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from vouchers" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from vouchers" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from vouchers" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from payout" -l data -d 'Directory that the miner itself was given as --data [default: `miner` in the data directory]' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from payout" -l confirmations -d 'Number of blocks to wait for, counting the one that holds the transaction' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from payout" -l gas-limit -d 'Gas limit, in units of gas, instead of the estimate with a margin' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from payout" -l max-fee -d 'Highest price of a unit of gas, such as 2gwei or 1500000000 (in wei), instead of the estimate' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from payout" -l priority-fee -d 'Tip for a unit of gas, such as 25gwei, within the highest price, instead of the estimate: some chains ask for a least one' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from payout" -l nonce -d 'Nonce to use instead of the account\'s next; the nonce of a stuck transaction replaces it' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from payout" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from payout" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from payout" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from payout" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from payout" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from payout" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from payout" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from payout" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from payout" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from payout" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from payout" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from payout" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from payout" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from payout" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from payout" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from payout" -l dry-run -d 'Simulate the transaction and print it; send nothing'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from payout" -l no-wait -d 'Return once the transaction is sent, without waiting until it is in a block'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from payout" -l calldata -d 'Simulate the transaction and print its call data, for another wallet to send; send nothing'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from payout" -l legacy -d 'Send a transaction with one price of gas, as before EIP-1559; chains without it get such ones anyway'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from payout" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from payout" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from payout" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from payout" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from payout" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from payout" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from payout" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from payout" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from payout" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from payout" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from redeem" -l data -d 'Directory that the miner itself was given as --data [default: `miner` in the data directory]' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from redeem" -l confirmations -d 'Number of blocks to wait for, counting the one that holds the transaction' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from redeem" -l gas-limit -d 'Gas limit, in units of gas, instead of the estimate with a margin' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from redeem" -l max-fee -d 'Highest price of a unit of gas, such as 2gwei or 1500000000 (in wei), instead of the estimate' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from redeem" -l priority-fee -d 'Tip for a unit of gas, such as 25gwei, within the highest price, instead of the estimate: some chains ask for a least one' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from redeem" -l nonce -d 'Nonce to use instead of the account\'s next; the nonce of a stuck transaction replaces it' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from redeem" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from redeem" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from redeem" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from redeem" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from redeem" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from redeem" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from redeem" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from redeem" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from redeem" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from redeem" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from redeem" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from redeem" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from redeem" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from redeem" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from redeem" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from redeem" -l dry-run -d 'Simulate the transaction and print it; send nothing'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from redeem" -l no-wait -d 'Return once the transaction is sent, without waiting until it is in a block'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from redeem" -l calldata -d 'Simulate the transaction and print its call data, for another wallet to send; send nothing'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from redeem" -l legacy -d 'Send a transaction with one price of gas, as before EIP-1559; chains without it get such ones anyway'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from redeem" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from redeem" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from redeem" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from redeem" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from redeem" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from redeem" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from redeem" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from redeem" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from redeem" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from redeem" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from claim" -l data -d 'Directory that the miner itself was given as --data [default: `miner` in the data directory]' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from claim" -l confirmations -d 'Number of blocks to wait for, counting the one that holds the transaction' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from claim" -l gas-limit -d 'Gas limit, in units of gas, instead of the estimate with a margin' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from claim" -l max-fee -d 'Highest price of a unit of gas, such as 2gwei or 1500000000 (in wei), instead of the estimate' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from claim" -l priority-fee -d 'Tip for a unit of gas, such as 25gwei, within the highest price, instead of the estimate: some chains ask for a least one' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from claim" -l nonce -d 'Nonce to use instead of the account\'s next; the nonce of a stuck transaction replaces it' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from claim" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from claim" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from claim" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from claim" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from claim" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from claim" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from claim" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from claim" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from claim" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from claim" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from claim" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from claim" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from claim" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from claim" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from claim" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from claim" -l dry-run -d 'Simulate the transaction and print it; send nothing'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from claim" -l no-wait -d 'Return once the transaction is sent, without waiting until it is in a block'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from claim" -l calldata -d 'Simulate the transaction and print its call data, for another wallet to send; send nothing'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from claim" -l legacy -d 'Send a transaction with one price of gas, as before EIP-1559; chains without it get such ones anyway'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from claim" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from claim" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from claim" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from claim" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from claim" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from claim" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from claim" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from claim" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from claim" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from claim" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from models" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from models" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from models" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from models" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from models" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from models" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from models" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from models" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from models" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from models" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from models" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from models" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from models" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from models" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from models" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from models" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from models" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from models" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from models" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from models" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from models" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from models" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from models" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from models" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from models" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from models" -f -a "add" -d 'Fetch a model from the hub, or copy one from this machine, and record the hash of every file'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from models" -f -a "list" -d 'List the models on this machine'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from models" -f -a "suggest" -d 'Suggest models to start with, and show whether they fit into this machine\'s memory'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from models" -f -a "verify" -d 'Read every file again and compare it with its recorded hash'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from models" -f -a "remove" -d 'Remove a model and its files'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand miner; and __fish_seen_subcommand_from models" -f -a "dequantise" -d 'Convert a quantised Llama model in a GGUF file into a directory that a CPU runs many times faster'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and not __fish_seen_subcommand_from setup run check status drain owed audits court lift models settle service keys" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and not __fish_seen_subcommand_from setup run check status drain owed audits court lift models settle service keys" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and not __fish_seen_subcommand_from setup run check status drain owed audits court lift models settle service keys" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and not __fish_seen_subcommand_from setup run check status drain owed audits court lift models settle service keys" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and not __fish_seen_subcommand_from setup run check status drain owed audits court lift models settle service keys" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and not __fish_seen_subcommand_from setup run check status drain owed audits court lift models settle service keys" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and not __fish_seen_subcommand_from setup run check status drain owed audits court lift models settle service keys" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and not __fish_seen_subcommand_from setup run check status drain owed audits court lift models settle service keys" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and not __fish_seen_subcommand_from setup run check status drain owed audits court lift models settle service keys" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and not __fish_seen_subcommand_from setup run check status drain owed audits court lift models settle service keys" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and not __fish_seen_subcommand_from setup run check status drain owed audits court lift models settle service keys" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and not __fish_seen_subcommand_from setup run check status drain owed audits court lift models settle service keys" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and not __fish_seen_subcommand_from setup run check status drain owed audits court lift models settle service keys" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and not __fish_seen_subcommand_from setup run check status drain owed audits court lift models settle service keys" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and not __fish_seen_subcommand_from setup run check status drain owed audits court lift models settle service keys" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and not __fish_seen_subcommand_from setup run check status drain owed audits court lift models settle service keys" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and not __fish_seen_subcommand_from setup run check status drain owed audits court lift models settle service keys" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and not __fish_seen_subcommand_from setup run check status drain owed audits court lift models settle service keys" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and not __fish_seen_subcommand_from setup run check status drain owed audits court lift models settle service keys" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and not __fish_seen_subcommand_from setup run check status drain owed audits court lift models settle service keys" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and not __fish_seen_subcommand_from setup run check status drain owed audits court lift models settle service keys" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and not __fish_seen_subcommand_from setup run check status drain owed audits court lift models settle service keys" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and not __fish_seen_subcommand_from setup run check status drain owed audits court lift models settle service keys" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and not __fish_seen_subcommand_from setup run check status drain owed audits court lift models settle service keys" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and not __fish_seen_subcommand_from setup run check status drain owed audits court lift models settle service keys" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and not __fish_seen_subcommand_from setup run check status drain owed audits court lift models settle service keys" -f -a "setup" -d 'Set a coordinator up, step by step: wallets, CAI, stake, registration, escrow, prices, API key, and a systemd unit'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and not __fish_seen_subcommand_from setup run check status drain owed audits court lift models settle service keys" -f -a "run" -d 'Run a coordinator until SIGTERM or Ctrl-C; it then finishes its running tasks and exits'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and not __fish_seen_subcommand_from setup run check status drain owed audits court lift models settle service keys" -f -a "check" -d 'Check whether `coordinator run` would work with the same options'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and not __fish_seen_subcommand_from setup run check status drain owed audits court lift models settle service keys" -f -a "status" -d 'Show what a running coordinator is doing'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and not __fish_seen_subcommand_from setup run check status drain owed audits court lift models settle service keys" -f -a "drain" -d 'Tell a running coordinator to take no new tasks, finish its own and exit'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and not __fish_seen_subcommand_from setup run check status drain owed audits court lift models settle service keys" -f -a "owed" -d 'Show what a running coordinator still owes its miners, all that they have earned there, and what waits for an audit'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and not __fish_seen_subcommand_from setup run check status drain owed audits court lift models settle service keys" -f -a "audits" -d 'Show what a running coordinator\'s audits say of each miner'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and not __fish_seen_subcommand_from setup run check status drain owed audits court lift models settle service keys" -f -a "court" -d 'List the cases against cheats that a running coordinator wants before the court, or have one opened'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and not __fish_seen_subcommand_from setup run check status drain owed audits court lift models settle service keys" -f -a "lift" -d 'End a miner\'s pause at a running coordinator before its time; the next one is as long as it would have been'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and not __fish_seen_subcommand_from setup run check status drain owed audits court lift models settle service keys" -f -a "models" -d 'Show what the names of models stand for at a running coordinator'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and not __fish_seen_subcommand_from setup run check status drain owed audits court lift models settle service keys" -f -a "settle" -d 'Settle on chain what a running coordinator owes its miners; they can redeem their vouchers without this'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and not __fish_seen_subcommand_from setup run check status drain owed audits court lift models settle service keys" -f -a "service" -d 'Install or remove the systemd unit that keeps a coordinator running'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and not __fish_seen_subcommand_from setup run check status drain owed audits court lift models settle service keys" -f -a "keys" -d 'Create, list and revoke API keys'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from setup" -l owner -d 'Wallet that owns the coordinator and stakes for it; it is made where there is none [default: owner]' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from setup" -l node -d 'Wallet with the coordinator\'s own key, which stays on this machine; it is made where there is none [default: node]' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from setup" -l name -d 'Name of the coordinator, which people see [default: the name of this machine]' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from setup" -l introduction -d 'Introduction that people read about the coordinator [default: none]' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from setup" -l endpoint -d 'URL at which miners reach the coordinator, such as wss://HOST/link [default: on the local chain, this machine]' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from setup" -l stake -d 'Own stake of the coordinator in CAI; it must be more than 2,000,000 [default: 2500000]' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from setup" -l escrow -d 'Escrow in CAI that miners are paid from; what it has less than this is deposited [default: 10000, or 0 where everything is free]' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from setup" -l prices -d 'TOML file with the prices; it is made where there is none [default: everything is free]' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from setup" -l prompt-price -d 'Price of 1,000 prompt tokens in CAI, for a file of prices that is made' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from setup" -l completion-price -d 'Price of 1,000 generated tokens in CAI, for a file of prices that is made' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from setup" -l api-key -d 'Name of a first API key, which is made and shown once [default: none, so that everyone who reaches the API may use it]' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from setup" -l data -d 'Directory for the coordinator\'s journal and keys [default: `coordinator` in the data directory; that of the unit with --unit-directory]' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from setup" -l faucet-url -d 'URL of the faucet\'s service, for a wallet that has none of the chain\'s coin for fees' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from setup" -l unit-directory -d 'Write the systemd unit that keeps the node running into this directory, such as /etc/systemd/system [default: write none]' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from setup" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from setup" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from setup" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from setup" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from setup" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from setup" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from setup" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from setup" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from setup" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from setup" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from setup" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from setup" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from setup" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from setup" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from setup" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from setup" -l start -d 'Give the unit its key and start it, as root on a machine with systemd'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from setup" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from setup" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from setup" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from setup" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from setup" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from setup" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from setup" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from setup" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from setup" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from setup" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from run" -l listen -d 'Address to serve the API on for applications' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from run" -l link-listen -d 'Address that miners connect to; register its public URL as the coordinator\'s endpoint' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from run" -l admin-listen -d 'Address to serve status and metrics on for operators and dashboards; it must be a loopback address' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from run" -l data -d 'Directory for the coordinator\'s journal and other files [default: `coordinator` in the data directory]' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from run" -l journal -d 'Server that keeps the journal: postgres://USER@HOST/DATABASE or nats://HOST. Of several coordinators that share one key and one server, one leads, and the others stand by to take over [default: a file in --data]' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from run" -l journal-password-file -d 'File with the password for the server of --journal' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from run" -l replica-listen -d 'Address at which the other coordinators that share this one\'s key and --journal reach it. All that have one serve at once: those that do not lead take applications and miners too, and pass on to the one that leads what it decides. Only holders of the node key are let in, over TLS [default: it serves nobody until it leads]' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from run" -l max-body -d 'Largest body of an application\'s request, in mebibytes, as it comes and unpacked: 32 hold 2,048 texts of 8,192 bytes, or 16 photos' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from run" -l default-max-tokens -d 'Most tokens of an answer whose request has no `max_tokens`; it has fewer where the rest of the model\'s context is shorter, where its miners cannot generate as many in half of the time that the task may take, or where they would cost more than a quarter of what the caller may still spend, or of the free escrow' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from run" -l max-batch-lines -d 'Most requests of a batch; its file also has to fit into --max-body' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from run" -l files-size -d 'Size of the files that a key may have, those included that its batches write, in mebibytes; at least --max-body' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from run" -l keep-alive -d 'How long a connection may be idle between two requests, such as 75s; longer than a proxy in front keeps its own, so that it is the proxy that closes, and no request is lost' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from run" -l cors-origin -d 'Origin of web pages that may call the API from a browser, such as https://ui.example, or * for all; repeatable [default: none]' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from run" -l max-queue -d 'Maximum number of tasks that wait for a miner; beyond it, applications are told to try again later' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from run" -l task-timeout -d 'Longest time that a task may take, such as 90s or 5m' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from run" -l prices -d 'TOML file with the prices of each model in CAI, per 1,000 tokens or per image; the table of a model takes the place of [default] as a whole. See the README [default: everything is free]' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from run" -l settle-every -d 'Time between two settlements on chain of what miners are owed; the node key pays the fees; 0s for never [default: 1h, or a quarter of the network\'s delay of claims where that is shorter]' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from run" -l audit-first -d 'Number of tokens that a miner, or the miners of a model, generate before fewer than all of their answers are examined: what the model says of an answer is computed again, by --auditor or by another miner at your cost' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from run" -l audit-percent -d 'Percentage of a miner\'s later answers to examine; it falls to a fifth of this with audits that find nothing. With 0 here and for --audit-first nothing is examined' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from run" -l auditor -d 'Model that this coordinator examines answers with itself, in a process of its own: a directory with safetensors, a .gguf file, or a name from `miner models list`; a CPU will do. `scripted` stands for the engine without a model. Repeat it for several models [default: none; miners examine each other\'s answers]' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from run" -l auditor-name -d 'Name that applications ask for: one for each --auditor in the same order [default: the model\'s own name]' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from run" -l auditor-quantise -d 'Quantise the weights of every --auditor to this type while loading them, as the miners do [default: load them as they are]' -r -f -a "q8_0\t'8 bits per weight'
q4_0\t'4 bits per weight'
q6_k\t'About 6 bits per weight'
q4_k\t'About 4 bits per weight'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from run" -l auditor-url -d 'Base URL of a vLLM server with cuckoo\'s plugin, with or without /v1, which this coordinator examines answers with that miners with such servers give. Each --auditor is then the directory of a model that the server has [default: none]' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from run" -l models -d 'TOML file that says which manifest each model\'s name stands for; see the README [default: the manifest with the most stake behind it when a task first asks for the name]' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from run" -l calibrations -d 'Directory with calibrations for more engines and devices, as `cuckoo audit calibrate` writes them' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from run" -l uncalibrated -d 'What to do with a miner whose device no calibration is for, where its model can be audited: audits could find gross differences alone in its answers. count gives it tasks, and counts such examinations; refuse gives it none, and tells it why' -r -f -a "count\t'They get tasks as any other'
refuse\t'They get none of models that can be audited'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from run" -l evidence-size -d 'Size of the evidence of answers to keep, in mebibytes; the oldest goes first, except what shows that a miner cheats' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from run" -l court -d 'Whether a case before the court is opened against a miner that the audits have confirmed to cheat, with a bond of the node key\'s CAI: off for never, ask once you order it with `coordinator court open`, auto at once [default: auto on networks with a faucet, ask elsewhere]' -r -f -a "off\t'Never'
ask\t'Once you order it'
auto\t'At once'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from run" -l court-budget -d 'The most CAI that is in bonds of open cases at once [default: all that the node key holds]' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from run" -l max-first-token -d 'Leave a miner out of draws for a while when its average time to the first token is longer than this, such as 2s [default: no limit]' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from run" -l min-tokens-per-second -d 'Leave a miner out of draws for a while when it averages fewer tokens per second than this [default: no limit]' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from run" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from run" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from run" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from run" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from run" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from run" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from run" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from run" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from run" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from run" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from run" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from run" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from run" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from run" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from run" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from run" -l behind-proxy -d 'Allow --listen and --link-listen on addresses that other machines reach, because a proxy in front of them speaks TLS'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from run" -l no-tui -d 'Show the log at a terminal, too [default: at a terminal the dashboard, with the log in it; closing it does not end the node]'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from run" -l exit-with-parent -d 'Exit when stdin is closed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from run" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from run" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from run" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from run" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from run" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from run" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from run" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from run" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from run" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from run" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from check" -l listen -d 'Address to serve the API on for applications' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from check" -l link-listen -d 'Address that miners connect to; register its public URL as the coordinator\'s endpoint' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from check" -l admin-listen -d 'Address to serve status and metrics on for operators and dashboards; it must be a loopback address' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from check" -l data -d 'Directory for the coordinator\'s journal and other files [default: `coordinator` in the data directory]' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from check" -l journal -d 'Server that keeps the journal: postgres://USER@HOST/DATABASE or nats://HOST. Of several coordinators that share one key and one server, one leads, and the others stand by to take over [default: a file in --data]' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from check" -l journal-password-file -d 'File with the password for the server of --journal' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from check" -l replica-listen -d 'Address at which the other coordinators that share this one\'s key and --journal reach it. All that have one serve at once: those that do not lead take applications and miners too, and pass on to the one that leads what it decides. Only holders of the node key are let in, over TLS [default: it serves nobody until it leads]' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from check" -l max-body -d 'Largest body of an application\'s request, in mebibytes, as it comes and unpacked: 32 hold 2,048 texts of 8,192 bytes, or 16 photos' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from check" -l default-max-tokens -d 'Most tokens of an answer whose request has no `max_tokens`; it has fewer where the rest of the model\'s context is shorter, where its miners cannot generate as many in half of the time that the task may take, or where they would cost more than a quarter of what the caller may still spend, or of the free escrow' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from check" -l max-batch-lines -d 'Most requests of a batch; its file also has to fit into --max-body' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from check" -l files-size -d 'Size of the files that a key may have, those included that its batches write, in mebibytes; at least --max-body' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from check" -l keep-alive -d 'How long a connection may be idle between two requests, such as 75s; longer than a proxy in front keeps its own, so that it is the proxy that closes, and no request is lost' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from check" -l cors-origin -d 'Origin of web pages that may call the API from a browser, such as https://ui.example, or * for all; repeatable [default: none]' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from check" -l max-queue -d 'Maximum number of tasks that wait for a miner; beyond it, applications are told to try again later' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from check" -l task-timeout -d 'Longest time that a task may take, such as 90s or 5m' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from check" -l prices -d 'TOML file with the prices of each model in CAI, per 1,000 tokens or per image; the table of a model takes the place of [default] as a whole. See the README [default: everything is free]' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from check" -l settle-every -d 'Time between two settlements on chain of what miners are owed; the node key pays the fees; 0s for never [default: 1h, or a quarter of the network\'s delay of claims where that is shorter]' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from check" -l audit-first -d 'Number of tokens that a miner, or the miners of a model, generate before fewer than all of their answers are examined: what the model says of an answer is computed again, by --auditor or by another miner at your cost' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from check" -l audit-percent -d 'Percentage of a miner\'s later answers to examine; it falls to a fifth of this with audits that find nothing. With 0 here and for --audit-first nothing is examined' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from check" -l auditor -d 'Model that this coordinator examines answers with itself, in a process of its own: a directory with safetensors, a .gguf file, or a name from `miner models list`; a CPU will do. `scripted` stands for the engine without a model. Repeat it for several models [default: none; miners examine each other\'s answers]' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from check" -l auditor-name -d 'Name that applications ask for: one for each --auditor in the same order [default: the model\'s own name]' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from check" -l auditor-quantise -d 'Quantise the weights of every --auditor to this type while loading them, as the miners do [default: load them as they are]' -r -f -a "q8_0\t'8 bits per weight'
q4_0\t'4 bits per weight'
q6_k\t'About 6 bits per weight'
q4_k\t'About 4 bits per weight'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from check" -l auditor-url -d 'Base URL of a vLLM server with cuckoo\'s plugin, with or without /v1, which this coordinator examines answers with that miners with such servers give. Each --auditor is then the directory of a model that the server has [default: none]' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from check" -l models -d 'TOML file that says which manifest each model\'s name stands for; see the README [default: the manifest with the most stake behind it when a task first asks for the name]' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from check" -l calibrations -d 'Directory with calibrations for more engines and devices, as `cuckoo audit calibrate` writes them' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from check" -l uncalibrated -d 'What to do with a miner whose device no calibration is for, where its model can be audited: audits could find gross differences alone in its answers. count gives it tasks, and counts such examinations; refuse gives it none, and tells it why' -r -f -a "count\t'They get tasks as any other'
refuse\t'They get none of models that can be audited'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from check" -l evidence-size -d 'Size of the evidence of answers to keep, in mebibytes; the oldest goes first, except what shows that a miner cheats' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from check" -l court -d 'Whether a case before the court is opened against a miner that the audits have confirmed to cheat, with a bond of the node key\'s CAI: off for never, ask once you order it with `coordinator court open`, auto at once [default: auto on networks with a faucet, ask elsewhere]' -r -f -a "off\t'Never'
ask\t'Once you order it'
auto\t'At once'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from check" -l court-budget -d 'The most CAI that is in bonds of open cases at once [default: all that the node key holds]' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from check" -l max-first-token -d 'Leave a miner out of draws for a while when its average time to the first token is longer than this, such as 2s [default: no limit]' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from check" -l min-tokens-per-second -d 'Leave a miner out of draws for a while when it averages fewer tokens per second than this [default: no limit]' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from check" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from check" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from check" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from check" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from check" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from check" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from check" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from check" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from check" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from check" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from check" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from check" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from check" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from check" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from check" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from check" -l behind-proxy -d 'Allow --listen and --link-listen on addresses that other machines reach, because a proxy in front of them speaks TLS'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from check" -l no-tui -d 'Show the log at a terminal, too [default: at a terminal the dashboard, with the log in it; closing it does not end the node]'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from check" -l exit-with-parent -d 'Exit when stdin is closed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from check" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from check" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from check" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from check" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from check" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from check" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from check" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from check" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from check" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from status" -l connect -d 'URL of the node\'s operator listener, which its --admin-listen sets [default: http://127.0.0.1:8792 for a miner, http://127.0.0.1:8782 for a coordinator]' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from status" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from status" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from status" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from status" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from status" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from status" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from status" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from status" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from status" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from status" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from status" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from status" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from status" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from status" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from status" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from status" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from status" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from status" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from status" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from status" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from status" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from status" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from status" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from status" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from drain" -l connect -d 'URL of the node\'s operator listener, which its --admin-listen sets [default: http://127.0.0.1:8792 for a miner, http://127.0.0.1:8782 for a coordinator]' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from drain" -l data -d 'Directory that the node itself was given as --data [default: `miner` or `coordinator` in the data directory]' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from drain" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from drain" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from drain" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from drain" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from drain" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from drain" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from drain" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from drain" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from drain" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from drain" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from drain" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from drain" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from drain" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from drain" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from drain" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from drain" -l wait -d 'Wait until the node has exited [default: return at once]'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from drain" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from drain" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from drain" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from drain" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from drain" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from drain" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from drain" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from drain" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from drain" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from drain" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from owed" -l connect -d 'URL of the node\'s operator listener, which its --admin-listen sets [default: http://127.0.0.1:8792 for a miner, http://127.0.0.1:8782 for a coordinator]' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from owed" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from owed" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from owed" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from owed" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from owed" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from owed" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from owed" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from owed" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from owed" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from owed" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from owed" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from owed" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from owed" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from owed" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from owed" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from owed" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from owed" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from owed" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from owed" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from owed" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from owed" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from owed" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from owed" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from owed" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from owed" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from audits" -l connect -d 'URL of the node\'s operator listener, which its --admin-listen sets [default: http://127.0.0.1:8792 for a miner, http://127.0.0.1:8782 for a coordinator]' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from audits" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from audits" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from audits" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from audits" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from audits" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from audits" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from audits" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from audits" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from audits" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from audits" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from audits" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from audits" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from audits" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from audits" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from audits" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from audits" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from audits" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from audits" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from audits" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from audits" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from audits" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from audits" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from audits" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from audits" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from audits" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from court" -l connect -d 'URL of the node\'s operator listener, which its --admin-listen sets [default: http://127.0.0.1:8792 for a miner, http://127.0.0.1:8782 for a coordinator]' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from court" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from court" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from court" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from court" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from court" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from court" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from court" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from court" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from court" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from court" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from court" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from court" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from court" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from court" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from court" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from court" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from court" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from court" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from court" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from court" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from court" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from court" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from court" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from court" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from court" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from court" -f -a "open" -d 'Have the case against a miner opened, with a bond of the node key\'s CAI; also a case that ended without a verdict, once more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from lift" -l connect -d 'URL of the node\'s operator listener, which its --admin-listen sets [default: http://127.0.0.1:8792 for a miner, http://127.0.0.1:8782 for a coordinator]' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from lift" -l data -d 'Directory that the coordinator itself was given as --data [default: `coordinator` in the data directory]' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from lift" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from lift" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from lift" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from lift" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from lift" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from lift" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from lift" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from lift" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from lift" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from lift" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from lift" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from lift" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from lift" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from lift" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from lift" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from lift" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from lift" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from lift" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from lift" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from lift" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from lift" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from lift" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from lift" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from lift" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from lift" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from models" -l connect -d 'URL of the node\'s operator listener, which its --admin-listen sets [default: http://127.0.0.1:8792 for a miner, http://127.0.0.1:8782 for a coordinator]' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from models" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from models" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from models" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from models" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from models" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from models" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from models" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from models" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from models" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from models" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from models" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from models" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from models" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from models" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from models" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from models" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from models" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from models" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from models" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from models" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from models" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from models" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from models" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from models" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from models" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from settle" -l connect -d 'URL of the node\'s operator listener, which its --admin-listen sets [default: http://127.0.0.1:8792 for a miner, http://127.0.0.1:8782 for a coordinator]' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from settle" -l confirmations -d 'Number of blocks to wait for, counting the one that holds the transaction' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from settle" -l gas-limit -d 'Gas limit, in units of gas, instead of the estimate with a margin' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from settle" -l max-fee -d 'Highest price of a unit of gas, such as 2gwei or 1500000000 (in wei), instead of the estimate' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from settle" -l priority-fee -d 'Tip for a unit of gas, such as 25gwei, within the highest price, instead of the estimate: some chains ask for a least one' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from settle" -l nonce -d 'Nonce to use instead of the account\'s next; the nonce of a stuck transaction replaces it' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from settle" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from settle" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from settle" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from settle" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from settle" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from settle" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from settle" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from settle" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from settle" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from settle" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from settle" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from settle" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from settle" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from settle" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from settle" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from settle" -l dry-run -d 'Simulate the transaction and print it; send nothing'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from settle" -l no-wait -d 'Return once the transaction is sent, without waiting until it is in a block'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from settle" -l calldata -d 'Simulate the transaction and print its call data, for another wallet to send; send nothing'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from settle" -l legacy -d 'Send a transaction with one price of gas, as before EIP-1559; chains without it get such ones anyway'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from settle" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from settle" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from settle" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from settle" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from settle" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from settle" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from settle" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from settle" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from settle" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from settle" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from service" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from service" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from service" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from service" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from service" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from service" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from service" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from service" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from service" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from service" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from service" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from service" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from service" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from service" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from service" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from service" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from service" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from service" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from service" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from service" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from service" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from service" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from service" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from service" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from service" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from service" -f -a "install" -d 'Write the unit file; options after -- are added to the command that the unit runs'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from service" -f -a "remove" -d 'Remove the unit file'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from keys" -l data -d 'Directory that the coordinator itself was given as --data [default: `coordinator` in the data directory]' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from keys" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from keys" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from keys" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from keys" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from keys" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from keys" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from keys" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from keys" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from keys" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from keys" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from keys" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from keys" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from keys" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from keys" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from keys" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from keys" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from keys" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from keys" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from keys" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from keys" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from keys" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from keys" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from keys" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from keys" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from keys" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from keys" -f -a "new" -d 'Create an API key; it is shown only once'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from keys" -f -a "list" -d 'List the API keys, without their secrets, and what each has spent at the running coordinator'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand coordinator; and __fish_seen_subcommand_from keys" -f -a "revoke" -d 'Revoke an API key'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and not __fish_seen_subcommand_from receipt assignments calibrate model" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and not __fish_seen_subcommand_from receipt assignments calibrate model" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and not __fish_seen_subcommand_from receipt assignments calibrate model" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and not __fish_seen_subcommand_from receipt assignments calibrate model" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and not __fish_seen_subcommand_from receipt assignments calibrate model" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and not __fish_seen_subcommand_from receipt assignments calibrate model" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and not __fish_seen_subcommand_from receipt assignments calibrate model" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and not __fish_seen_subcommand_from receipt assignments calibrate model" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and not __fish_seen_subcommand_from receipt assignments calibrate model" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and not __fish_seen_subcommand_from receipt assignments calibrate model" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and not __fish_seen_subcommand_from receipt assignments calibrate model" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and not __fish_seen_subcommand_from receipt assignments calibrate model" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and not __fish_seen_subcommand_from receipt assignments calibrate model" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and not __fish_seen_subcommand_from receipt assignments calibrate model" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and not __fish_seen_subcommand_from receipt assignments calibrate model" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and not __fish_seen_subcommand_from receipt assignments calibrate model" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and not __fish_seen_subcommand_from receipt assignments calibrate model" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and not __fish_seen_subcommand_from receipt assignments calibrate model" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and not __fish_seen_subcommand_from receipt assignments calibrate model" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and not __fish_seen_subcommand_from receipt assignments calibrate model" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and not __fish_seen_subcommand_from receipt assignments calibrate model" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and not __fish_seen_subcommand_from receipt assignments calibrate model" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and not __fish_seen_subcommand_from receipt assignments calibrate model" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and not __fish_seen_subcommand_from receipt assignments calibrate model" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and not __fish_seen_subcommand_from receipt assignments calibrate model" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and not __fish_seen_subcommand_from receipt assignments calibrate model" -f -a "receipt" -d 'Verify a receipt: its signatures, its nodes\' registrations, and that it belongs to this answer'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and not __fish_seen_subcommand_from receipt assignments calibrate model" -f -a "assignments" -d 'Repeat every draw of a coordinator\'s assignment log and compare the results'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and not __fish_seen_subcommand_from receipt assignments calibrate model" -f -a "calibrate" -d 'Measure honest answers on this machine, so that audits know the noise between its devices'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and not __fish_seen_subcommand_from receipt assignments calibrate model" -f -a "model" -d 'Measure how reliably audits of a model catch false answers and spare honest ones'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from receipt" -l model -d 'Examine the answer with this model: a directory with safetensors, a GGUF file, a name on the Hugging Face hub, or the URL of a vLLM server with cuckoo\'s plugin' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from receipt" -l calibration -d 'File of `cuckoo audit calibrate`, beside the calibrations that are built in; may be repeated' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from receipt" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from receipt" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from receipt" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from receipt" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from receipt" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from receipt" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from receipt" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from receipt" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from receipt" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from receipt" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from receipt" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from receipt" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from receipt" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from receipt" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from receipt" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from receipt" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from receipt" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from receipt" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from receipt" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from receipt" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from receipt" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from receipt" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from receipt" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from receipt" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from receipt" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from assignments" -l heads -d 'File with the log heads that a miner received (heads-*.txt in its data directory); the log must contain each of them' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from assignments" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from assignments" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from assignments" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from assignments" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from assignments" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from assignments" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from assignments" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from assignments" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from assignments" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from assignments" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from assignments" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from assignments" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from assignments" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from assignments" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from assignments" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from assignments" -l chain -d 'Also compare beacons and weights with the chain; old epochs need an RPC endpoint that keeps old state'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from assignments" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from assignments" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from assignments" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from assignments" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from assignments" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from assignments" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from assignments" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from assignments" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from assignments" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from assignments" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from calibrate" -l answers -d 'Honest answers of each model' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from calibrate" -l tokens -d 'Maximum length of an answer in tokens' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from calibrate" -l at-once -d 'Answers that are generated at once, as of a miner with this many busy slots; on a CPU a model has one slot' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from calibrate" -l add -d 'File of an earlier measurement of the same family and devices, to which this one is added; may be repeated' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from calibrate" -l out -d 'File to write [default: stdout]' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from calibrate" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from calibrate" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from calibrate" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from calibrate" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from calibrate" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from calibrate" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from calibrate" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from calibrate" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from calibrate" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from calibrate" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from calibrate" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from calibrate" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from calibrate" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from calibrate" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from calibrate" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from calibrate" -l miner-cpu -d 'Answer on the CPU even where there is a GPU'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from calibrate" -l auditor-cpu -d 'Examine on the CPU even where there is a GPU'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from calibrate" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from calibrate" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from calibrate" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from calibrate" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from calibrate" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from calibrate" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from calibrate" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from calibrate" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from calibrate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from calibrate" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from model" -l model -d 'Model to measure: a directory with safetensors, or a name on the Hugging Face hub' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from model" -l other -d 'Second model whose answers are passed off as the first one\'s; both must have the same tokeniser' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from model" -l prompts -d 'File with one prompt per line [default: 16 built-in prompts]' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from model" -l answers -d 'Number of answers of each kind, honest or false' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from model" -l tokens -d 'Maximum length of an answer in tokens' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from model" -l temperature -d 'Sampling temperature of the honest answers, from 0.1 to 2' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from model" -l pool -d 'Tokens within which a miner that always cheats has to be confirmed' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from model" -l miners -d 'Miners that are made up of the answers of each kind' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from model" -l calibration -d 'File of `cuckoo audit calibrate`, beside the calibrations that are built in; may be repeated' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from model" -l longest -d 'Longest answer in tokens whose cost is measured; 0: none' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from model" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from model" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from model" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from model" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from model" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from model" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from model" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from model" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from model" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from model" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from model" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from model" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from model" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from model" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from model" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from model" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from model" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from model" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from model" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from model" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from model" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from model" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from model" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from model" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand audit; and __fish_seen_subcommand_from model" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and not __fish_seen_subcommand_from open join bond prove list show publish advance seed summon settle declare undeclare commit reveal" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and not __fish_seen_subcommand_from open join bond prove list show publish advance seed summon settle declare undeclare commit reveal" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and not __fish_seen_subcommand_from open join bond prove list show publish advance seed summon settle declare undeclare commit reveal" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and not __fish_seen_subcommand_from open join bond prove list show publish advance seed summon settle declare undeclare commit reveal" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and not __fish_seen_subcommand_from open join bond prove list show publish advance seed summon settle declare undeclare commit reveal" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and not __fish_seen_subcommand_from open join bond prove list show publish advance seed summon settle declare undeclare commit reveal" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and not __fish_seen_subcommand_from open join bond prove list show publish advance seed summon settle declare undeclare commit reveal" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and not __fish_seen_subcommand_from open join bond prove list show publish advance seed summon settle declare undeclare commit reveal" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and not __fish_seen_subcommand_from open join bond prove list show publish advance seed summon settle declare undeclare commit reveal" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and not __fish_seen_subcommand_from open join bond prove list show publish advance seed summon settle declare undeclare commit reveal" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and not __fish_seen_subcommand_from open join bond prove list show publish advance seed summon settle declare undeclare commit reveal" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and not __fish_seen_subcommand_from open join bond prove list show publish advance seed summon settle declare undeclare commit reveal" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and not __fish_seen_subcommand_from open join bond prove list show publish advance seed summon settle declare undeclare commit reveal" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and not __fish_seen_subcommand_from open join bond prove list show publish advance seed summon settle declare undeclare commit reveal" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and not __fish_seen_subcommand_from open join bond prove list show publish advance seed summon settle declare undeclare commit reveal" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and not __fish_seen_subcommand_from open join bond prove list show publish advance seed summon settle declare undeclare commit reveal" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and not __fish_seen_subcommand_from open join bond prove list show publish advance seed summon settle declare undeclare commit reveal" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and not __fish_seen_subcommand_from open join bond prove list show publish advance seed summon settle declare undeclare commit reveal" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and not __fish_seen_subcommand_from open join bond prove list show publish advance seed summon settle declare undeclare commit reveal" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and not __fish_seen_subcommand_from open join bond prove list show publish advance seed summon settle declare undeclare commit reveal" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and not __fish_seen_subcommand_from open join bond prove list show publish advance seed summon settle declare undeclare commit reveal" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and not __fish_seen_subcommand_from open join bond prove list show publish advance seed summon settle declare undeclare commit reveal" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and not __fish_seen_subcommand_from open join bond prove list show publish advance seed summon settle declare undeclare commit reveal" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and not __fish_seen_subcommand_from open join bond prove list show publish advance seed summon settle declare undeclare commit reveal" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and not __fish_seen_subcommand_from open join bond prove list show publish advance seed summon settle declare undeclare commit reveal" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and not __fish_seen_subcommand_from open join bond prove list show publish advance seed summon settle declare undeclare commit reveal" -f -a "open" -d 'Dispute answers of one miner with a bond, which comes back with a reward if the jury agrees'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and not __fish_seen_subcommand_from open join bond prove list show publish advance seed summon settle declare undeclare commit reveal" -f -a "join" -d 'Join the challengers of an open dispute, with the same bond, until its first draw is over'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and not __fish_seen_subcommand_from open join bond prove list show publish advance seed summon settle declare undeclare commit reveal" -f -a "bond" -d 'Get back what closed disputes have left of a bond, and the reward for those that were won'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and not __fish_seen_subcommand_from open join bond prove list show publish advance seed summon settle declare undeclare commit reveal" -f -a "prove" -d 'Have a miner slashed that signed two receipts for one ticket; this needs no jury'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and not __fish_seen_subcommand_from open join bond prove list show publish advance seed summon settle declare undeclare commit reveal" -f -a "list" -d 'List the open disputes, newest first'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and not __fish_seen_subcommand_from open join bond prove list show publish advance seed summon settle declare undeclare commit reveal" -f -a "show" -d 'Show the state of a dispute: who has published which evidence, how long its phases last, and what everybody gets'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and not __fish_seen_subcommand_from open join bond prove list show publish advance seed summon settle declare undeclare commit reveal" -f -a "publish" -d 'Hand in evidence of an open dispute at the boards of coordinators, where its jurors find it; anybody may'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and not __fish_seen_subcommand_from open join bond prove list show publish advance seed summon settle declare undeclare commit reveal" -f -a "advance" -d 'Do what a dispute waits for, which anybody may: record a seed, summon jurors, count the votes, pay and dock the jurors'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and not __fish_seen_subcommand_from open join bond prove list show publish advance seed summon settle declare undeclare commit reveal" -f -a "seed" -d 'Record the seed of a dispute\'s draw'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and not __fish_seen_subcommand_from open join bond prove list show publish advance seed summon settle declare undeclare commit reveal" -f -a "summon" -d 'Write down who has seats in a dispute\'s draw, for a fee out of the bonds; in the first half of the draw\'s epoch'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and not __fish_seen_subcommand_from open join bond prove list show publish advance seed summon settle declare undeclare commit reveal" -f -a "settle" -d 'Pay and dock the jurors of a dispute that is closed, or of its first draw'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and not __fish_seen_subcommand_from open join bond prove list show publish advance seed summon settle declare undeclare commit reveal" -f -a "declare" -d 'Offer the calling miner for juries over models that it serves, for one unbonding period from now; sign with the miner\'s own key'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and not __fish_seen_subcommand_from open join bond prove list show publish advance seed summon settle declare undeclare commit reveal" -f -a "undeclare" -d 'Take the calling miner out of juries over models'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and not __fish_seen_subcommand_from open join bond prove list show publish advance seed summon settle declare undeclare commit reveal" -f -a "commit" -d 'Commit the calling miner, a juror, to a vote that stays secret until it is revealed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and not __fish_seen_subcommand_from open join bond prove list show publish advance seed summon settle declare undeclare commit reveal" -f -a "reveal" -d 'Reveal the calling miner\'s vote, in the epoch after that of the draw'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from open" -l evidence -d 'Hash by which jurors find the evidence [default: the Keccak-256 of FILE, by which they recognise a copy of it; of the hashes of all files where there are several]' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from open" -l model -d 'Examine the answers with this model first, and open nothing unless a jury with the same model would find them false: a directory with safetensors, a GGUF file, or a name on the Hugging Face hub; every FILE has to be a bundle of evidence, as `cuckoo task evidence ID` prints it' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from open" -l calibration -d 'File of `cuckoo audit calibrate`, beside the calibrations that are built in; may be repeated' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from open" -l confirmations -d 'Number of blocks to wait for, counting the one that holds the transaction' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from open" -l gas-limit -d 'Gas limit, in units of gas, instead of the estimate with a margin' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from open" -l max-fee -d 'Highest price of a unit of gas, such as 2gwei or 1500000000 (in wei), instead of the estimate' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from open" -l priority-fee -d 'Tip for a unit of gas, such as 25gwei, within the highest price, instead of the estimate: some chains ask for a least one' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from open" -l nonce -d 'Nonce to use instead of the account\'s next; the nonce of a stuck transaction replaces it' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from open" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from open" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from open" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from open" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from open" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from open" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from open" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from open" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from open" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from open" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from open" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from open" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from open" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from open" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from open" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from open" -l force -d 'Open the dispute even if the model says that the answers can be honest, or cannot say'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from open" -l dry-run -d 'Simulate the transaction and print it; send nothing'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from open" -l no-wait -d 'Return once the transaction is sent, without waiting until it is in a block'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from open" -l calldata -d 'Simulate the transaction and print its call data, for another wallet to send; send nothing'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from open" -l legacy -d 'Send a transaction with one price of gas, as before EIP-1559; chains without it get such ones anyway'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from open" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from open" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from open" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from open" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from open" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from open" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from open" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from open" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from open" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from open" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from join" -l evidence -d 'Hash by which jurors find your evidence [default: none of your own]' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from join" -l confirmations -d 'Number of blocks to wait for, counting the one that holds the transaction' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from join" -l gas-limit -d 'Gas limit, in units of gas, instead of the estimate with a margin' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from join" -l max-fee -d 'Highest price of a unit of gas, such as 2gwei or 1500000000 (in wei), instead of the estimate' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from join" -l priority-fee -d 'Tip for a unit of gas, such as 25gwei, within the highest price, instead of the estimate: some chains ask for a least one' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from join" -l nonce -d 'Nonce to use instead of the account\'s next; the nonce of a stuck transaction replaces it' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from join" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from join" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from join" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from join" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from join" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from join" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from join" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from join" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from join" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from join" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from join" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from join" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from join" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from join" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from join" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from join" -l dry-run -d 'Simulate the transaction and print it; send nothing'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from join" -l no-wait -d 'Return once the transaction is sent, without waiting until it is in a block'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from join" -l calldata -d 'Simulate the transaction and print its call data, for another wallet to send; send nothing'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from join" -l legacy -d 'Send a transaction with one price of gas, as before EIP-1559; chains without it get such ones anyway'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from join" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from join" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from join" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from join" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from join" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from join" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from join" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from join" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from join" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from join" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from bond" -l confirmations -d 'Number of blocks to wait for, counting the one that holds the transaction' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from bond" -l gas-limit -d 'Gas limit, in units of gas, instead of the estimate with a margin' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from bond" -l max-fee -d 'Highest price of a unit of gas, such as 2gwei or 1500000000 (in wei), instead of the estimate' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from bond" -l priority-fee -d 'Tip for a unit of gas, such as 25gwei, within the highest price, instead of the estimate: some chains ask for a least one' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from bond" -l nonce -d 'Nonce to use instead of the account\'s next; the nonce of a stuck transaction replaces it' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from bond" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from bond" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from bond" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from bond" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from bond" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from bond" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from bond" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from bond" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from bond" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from bond" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from bond" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from bond" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from bond" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from bond" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from bond" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from bond" -l dry-run -d 'Simulate the transaction and print it; send nothing'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from bond" -l no-wait -d 'Return once the transaction is sent, without waiting until it is in a block'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from bond" -l calldata -d 'Simulate the transaction and print its call data, for another wallet to send; send nothing'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from bond" -l legacy -d 'Send a transaction with one price of gas, as before EIP-1559; chains without it get such ones anyway'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from bond" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from bond" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from bond" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from bond" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from bond" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from bond" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from bond" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from bond" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from bond" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from bond" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from prove" -l confirmations -d 'Number of blocks to wait for, counting the one that holds the transaction' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from prove" -l gas-limit -d 'Gas limit, in units of gas, instead of the estimate with a margin' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from prove" -l max-fee -d 'Highest price of a unit of gas, such as 2gwei or 1500000000 (in wei), instead of the estimate' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from prove" -l priority-fee -d 'Tip for a unit of gas, such as 25gwei, within the highest price, instead of the estimate: some chains ask for a least one' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from prove" -l nonce -d 'Nonce to use instead of the account\'s next; the nonce of a stuck transaction replaces it' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from prove" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from prove" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from prove" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from prove" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from prove" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from prove" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from prove" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from prove" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from prove" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from prove" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from prove" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from prove" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from prove" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from prove" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from prove" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from prove" -l dry-run -d 'Simulate the transaction and print it; send nothing'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from prove" -l no-wait -d 'Return once the transaction is sent, without waiting until it is in a block'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from prove" -l calldata -d 'Simulate the transaction and print its call data, for another wallet to send; send nothing'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from prove" -l legacy -d 'Send a transaction with one price of gas, as before EIP-1559; chains without it get such ones anyway'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from prove" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from prove" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from prove" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from prove" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from prove" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from prove" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from prove" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from prove" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from prove" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from prove" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from list" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from list" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from list" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from list" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from list" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from list" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from list" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from list" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from list" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from list" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from list" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from list" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from list" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from list" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from list" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from list" -l all -d 'List closed disputes as well'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from list" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from list" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from list" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from list" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from list" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from list" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from list" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from show" -l evidence -d 'Fetch the evidence into this folder, where it is not there yet, and show the answers; coordinators give it to jurors and parties of the dispute, so that the key in use has to be that of one' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from show" -l model -d 'Examine the answers with this model, as jurors do: a directory with safetensors, a GGUF file, or a name on the Hugging Face hub' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from show" -l calibration -d 'File of `cuckoo audit calibrate`, beside the calibrations that are built in; may be repeated' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from show" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from show" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from show" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from show" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from show" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from show" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from show" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from show" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from show" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from show" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from show" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from show" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from show" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from show" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from show" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from show" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from show" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from show" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from show" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from show" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from show" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from show" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from publish" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from publish" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from publish" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from publish" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from publish" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from publish" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from publish" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from publish" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from publish" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from publish" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from publish" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from publish" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from publish" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from publish" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from publish" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from publish" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from publish" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from publish" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from publish" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from publish" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from publish" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from publish" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from publish" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from publish" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from publish" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from advance" -l confirmations -d 'Number of blocks to wait for, counting the one that holds the transaction' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from advance" -l gas-limit -d 'Gas limit, in units of gas, instead of the estimate with a margin' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from advance" -l max-fee -d 'Highest price of a unit of gas, such as 2gwei or 1500000000 (in wei), instead of the estimate' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from advance" -l priority-fee -d 'Tip for a unit of gas, such as 25gwei, within the highest price, instead of the estimate: some chains ask for a least one' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from advance" -l nonce -d 'Nonce to use instead of the account\'s next; the nonce of a stuck transaction replaces it' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from advance" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from advance" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from advance" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from advance" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from advance" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from advance" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from advance" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from advance" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from advance" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from advance" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from advance" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from advance" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from advance" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from advance" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from advance" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from advance" -l dry-run -d 'Simulate the transaction and print it; send nothing'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from advance" -l no-wait -d 'Return once the transaction is sent, without waiting until it is in a block'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from advance" -l calldata -d 'Simulate the transaction and print its call data, for another wallet to send; send nothing'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from advance" -l legacy -d 'Send a transaction with one price of gas, as before EIP-1559; chains without it get such ones anyway'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from advance" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from advance" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from advance" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from advance" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from advance" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from advance" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from advance" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from advance" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from advance" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from advance" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from seed" -l confirmations -d 'Number of blocks to wait for, counting the one that holds the transaction' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from seed" -l gas-limit -d 'Gas limit, in units of gas, instead of the estimate with a margin' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from seed" -l max-fee -d 'Highest price of a unit of gas, such as 2gwei or 1500000000 (in wei), instead of the estimate' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from seed" -l priority-fee -d 'Tip for a unit of gas, such as 25gwei, within the highest price, instead of the estimate: some chains ask for a least one' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from seed" -l nonce -d 'Nonce to use instead of the account\'s next; the nonce of a stuck transaction replaces it' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from seed" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from seed" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from seed" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from seed" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from seed" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from seed" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from seed" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from seed" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from seed" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from seed" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from seed" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from seed" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from seed" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from seed" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from seed" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from seed" -l dry-run -d 'Simulate the transaction and print it; send nothing'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from seed" -l no-wait -d 'Return once the transaction is sent, without waiting until it is in a block'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from seed" -l calldata -d 'Simulate the transaction and print its call data, for another wallet to send; send nothing'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from seed" -l legacy -d 'Send a transaction with one price of gas, as before EIP-1559; chains without it get such ones anyway'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from seed" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from seed" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from seed" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from seed" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from seed" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from seed" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from seed" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from seed" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from seed" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from seed" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from summon" -l confirmations -d 'Number of blocks to wait for, counting the one that holds the transaction' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from summon" -l gas-limit -d 'Gas limit, in units of gas, instead of the estimate with a margin' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from summon" -l max-fee -d 'Highest price of a unit of gas, such as 2gwei or 1500000000 (in wei), instead of the estimate' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from summon" -l priority-fee -d 'Tip for a unit of gas, such as 25gwei, within the highest price, instead of the estimate: some chains ask for a least one' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from summon" -l nonce -d 'Nonce to use instead of the account\'s next; the nonce of a stuck transaction replaces it' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from summon" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from summon" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from summon" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from summon" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from summon" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from summon" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from summon" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from summon" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from summon" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from summon" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from summon" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from summon" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from summon" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from summon" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from summon" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from summon" -l dry-run -d 'Simulate the transaction and print it; send nothing'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from summon" -l no-wait -d 'Return once the transaction is sent, without waiting until it is in a block'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from summon" -l calldata -d 'Simulate the transaction and print its call data, for another wallet to send; send nothing'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from summon" -l legacy -d 'Send a transaction with one price of gas, as before EIP-1559; chains without it get such ones anyway'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from summon" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from summon" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from summon" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from summon" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from summon" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from summon" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from summon" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from summon" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from summon" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from summon" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from settle" -l confirmations -d 'Number of blocks to wait for, counting the one that holds the transaction' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from settle" -l gas-limit -d 'Gas limit, in units of gas, instead of the estimate with a margin' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from settle" -l max-fee -d 'Highest price of a unit of gas, such as 2gwei or 1500000000 (in wei), instead of the estimate' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from settle" -l priority-fee -d 'Tip for a unit of gas, such as 25gwei, within the highest price, instead of the estimate: some chains ask for a least one' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from settle" -l nonce -d 'Nonce to use instead of the account\'s next; the nonce of a stuck transaction replaces it' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from settle" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from settle" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from settle" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from settle" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from settle" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from settle" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from settle" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from settle" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from settle" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from settle" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from settle" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from settle" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from settle" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from settle" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from settle" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from settle" -l dry-run -d 'Simulate the transaction and print it; send nothing'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from settle" -l no-wait -d 'Return once the transaction is sent, without waiting until it is in a block'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from settle" -l calldata -d 'Simulate the transaction and print its call data, for another wallet to send; send nothing'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from settle" -l legacy -d 'Send a transaction with one price of gas, as before EIP-1559; chains without it get such ones anyway'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from settle" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from settle" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from settle" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from settle" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from settle" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from settle" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from settle" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from settle" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from settle" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from settle" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from declare" -l confirmations -d 'Number of blocks to wait for, counting the one that holds the transaction' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from declare" -l gas-limit -d 'Gas limit, in units of gas, instead of the estimate with a margin' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from declare" -l max-fee -d 'Highest price of a unit of gas, such as 2gwei or 1500000000 (in wei), instead of the estimate' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from declare" -l priority-fee -d 'Tip for a unit of gas, such as 25gwei, within the highest price, instead of the estimate: some chains ask for a least one' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from declare" -l nonce -d 'Nonce to use instead of the account\'s next; the nonce of a stuck transaction replaces it' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from declare" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from declare" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from declare" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from declare" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from declare" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from declare" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from declare" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from declare" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from declare" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from declare" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from declare" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from declare" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from declare" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from declare" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from declare" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from declare" -l dry-run -d 'Simulate the transaction and print it; send nothing'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from declare" -l no-wait -d 'Return once the transaction is sent, without waiting until it is in a block'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from declare" -l calldata -d 'Simulate the transaction and print its call data, for another wallet to send; send nothing'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from declare" -l legacy -d 'Send a transaction with one price of gas, as before EIP-1559; chains without it get such ones anyway'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from declare" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from declare" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from declare" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from declare" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from declare" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from declare" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from declare" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from declare" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from declare" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from declare" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from undeclare" -l confirmations -d 'Number of blocks to wait for, counting the one that holds the transaction' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from undeclare" -l gas-limit -d 'Gas limit, in units of gas, instead of the estimate with a margin' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from undeclare" -l max-fee -d 'Highest price of a unit of gas, such as 2gwei or 1500000000 (in wei), instead of the estimate' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from undeclare" -l priority-fee -d 'Tip for a unit of gas, such as 25gwei, within the highest price, instead of the estimate: some chains ask for a least one' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from undeclare" -l nonce -d 'Nonce to use instead of the account\'s next; the nonce of a stuck transaction replaces it' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from undeclare" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from undeclare" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from undeclare" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from undeclare" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from undeclare" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from undeclare" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from undeclare" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from undeclare" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from undeclare" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from undeclare" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from undeclare" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from undeclare" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from undeclare" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from undeclare" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from undeclare" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from undeclare" -l dry-run -d 'Simulate the transaction and print it; send nothing'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from undeclare" -l no-wait -d 'Return once the transaction is sent, without waiting until it is in a block'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from undeclare" -l calldata -d 'Simulate the transaction and print its call data, for another wallet to send; send nothing'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from undeclare" -l legacy -d 'Send a transaction with one price of gas, as before EIP-1559; chains without it get such ones anyway'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from undeclare" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from undeclare" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from undeclare" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from undeclare" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from undeclare" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from undeclare" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from undeclare" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from undeclare" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from undeclare" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from undeclare" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from commit" -l vote -d 'Vote: whether the answers are false, or that the evidence cannot be fetched' -r -f -a "guilty\t'The answers are not from the model'
innocent\t'The answers are from the model'
unavailable\t'The evidence could not be fetched'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from commit" -l confirmations -d 'Number of blocks to wait for, counting the one that holds the transaction' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from commit" -l gas-limit -d 'Gas limit, in units of gas, instead of the estimate with a margin' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from commit" -l max-fee -d 'Highest price of a unit of gas, such as 2gwei or 1500000000 (in wei), instead of the estimate' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from commit" -l priority-fee -d 'Tip for a unit of gas, such as 25gwei, within the highest price, instead of the estimate: some chains ask for a least one' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from commit" -l nonce -d 'Nonce to use instead of the account\'s next; the nonce of a stuck transaction replaces it' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from commit" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from commit" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from commit" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from commit" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from commit" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from commit" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from commit" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from commit" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from commit" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from commit" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from commit" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from commit" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from commit" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from commit" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from commit" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from commit" -l dry-run -d 'Simulate the transaction and print it; send nothing'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from commit" -l no-wait -d 'Return once the transaction is sent, without waiting until it is in a block'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from commit" -l calldata -d 'Simulate the transaction and print its call data, for another wallet to send; send nothing'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from commit" -l legacy -d 'Send a transaction with one price of gas, as before EIP-1559; chains without it get such ones anyway'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from commit" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from commit" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from commit" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from commit" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from commit" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from commit" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from commit" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from commit" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from commit" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from commit" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from reveal" -l confirmations -d 'Number of blocks to wait for, counting the one that holds the transaction' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from reveal" -l gas-limit -d 'Gas limit, in units of gas, instead of the estimate with a margin' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from reveal" -l max-fee -d 'Highest price of a unit of gas, such as 2gwei or 1500000000 (in wei), instead of the estimate' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from reveal" -l priority-fee -d 'Tip for a unit of gas, such as 25gwei, within the highest price, instead of the estimate: some chains ask for a least one' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from reveal" -l nonce -d 'Nonce to use instead of the account\'s next; the nonce of a stuck transaction replaces it' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from reveal" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from reveal" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from reveal" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from reveal" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from reveal" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from reveal" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from reveal" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from reveal" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from reveal" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from reveal" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from reveal" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from reveal" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from reveal" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from reveal" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from reveal" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from reveal" -l dry-run -d 'Simulate the transaction and print it; send nothing'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from reveal" -l no-wait -d 'Return once the transaction is sent, without waiting until it is in a block'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from reveal" -l calldata -d 'Simulate the transaction and print its call data, for another wallet to send; send nothing'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from reveal" -l legacy -d 'Send a transaction with one price of gas, as before EIP-1559; chains without it get such ones anyway'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from reveal" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from reveal" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from reveal" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from reveal" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from reveal" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from reveal" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from reveal" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from reveal" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from reveal" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand dispute; and __fish_seen_subcommand_from reveal" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tui" -l connect -d 'URL of the operator listener of the node to watch, which its --admin-listen sets; give it several times to watch several nodes' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tui" -l nodes -d 'File with the URLs of the operator listeners of several nodes to watch, one a line; --connect goes before it' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tui" -l record -d 'Record what is shown to a new file, of at most 128 MiB, without prompts and answers; --replay plays it' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tui" -l replay -d 'Play a recording: Space stops it and goes on, `,` and `.` step, `<` and `>` set the speed, `{` and `}` go a minute back and on' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tui" -l theme -d 'Colours of the dashboard' -r -f -a "auto\t'All colours that the terminal can show, by its environment'
dark\t'24-bit colours on a dark background'
light\t'24-bit colours on a light background'
contrast\t'24-bit colours as far from a dark background as they go'
ansi\t'The terminal\'s own 16 colours'
plain\t'No colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tui" -l bind -d 'Keys of your own, as KEY=COMMAND separated by spaces' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tui" -l hot -d 'Temperature from which a device is called hot, in degrees Celsius' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tui" -l long-wait -d 'How long the oldest task may wait before it is called trouble' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tui" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tui" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tui" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tui" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tui" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tui" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tui" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tui" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tui" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tui" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tui" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tui" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tui" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tui" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tui" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tui" -l chain -d 'Show what an address has at stake, what nodes pay and the disputes, by the chain alone, without a node'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tui" -l once -d 'Print one frame as plain text and exit, with code 3 where something needs somebody; --json without --once prints one snapshot per line'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tui" -l demo -d 'Show an invented network instead of a real node'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tui" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tui" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tui" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tui" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tui" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tui" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tui" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tui" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tui" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tui" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand top" -l connect -d 'URL of the operator listener of the node to watch, which its --admin-listen sets; give it several times to watch several nodes' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand top" -l nodes -d 'File with the URLs of the operator listeners of several nodes to watch, one a line; --connect goes before it' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand top" -l record -d 'Record what is shown to a new file, of at most 128 MiB, without prompts and answers; --replay plays it' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand top" -l replay -d 'Play a recording: Space stops it and goes on, `,` and `.` step, `<` and `>` set the speed, `{` and `}` go a minute back and on' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand top" -l theme -d 'Colours of the dashboard' -r -f -a "auto\t'All colours that the terminal can show, by its environment'
dark\t'24-bit colours on a dark background'
light\t'24-bit colours on a light background'
contrast\t'24-bit colours as far from a dark background as they go'
ansi\t'The terminal\'s own 16 colours'
plain\t'No colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand top" -l bind -d 'Keys of your own, as KEY=COMMAND separated by spaces' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand top" -l hot -d 'Temperature from which a device is called hot, in degrees Celsius' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand top" -l long-wait -d 'How long the oldest task may wait before it is called trouble' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand top" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand top" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand top" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand top" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand top" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand top" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand top" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand top" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand top" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand top" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand top" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand top" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand top" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand top" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand top" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand top" -l chain -d 'Show what an address has at stake, what nodes pay and the disputes, by the chain alone, without a node'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand top" -l once -d 'Print one frame as plain text and exit, with code 3 where something needs somebody; --json without --once prints one snapshot per line'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand top" -l demo -d 'Show an invented network instead of a real node'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand top" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand top" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand top" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand top" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand top" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand top" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand top" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand top" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand top" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand top" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and not __fish_seen_subcommand_from show wait list" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and not __fish_seen_subcommand_from show wait list" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and not __fish_seen_subcommand_from show wait list" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and not __fish_seen_subcommand_from show wait list" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and not __fish_seen_subcommand_from show wait list" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and not __fish_seen_subcommand_from show wait list" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and not __fish_seen_subcommand_from show wait list" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and not __fish_seen_subcommand_from show wait list" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and not __fish_seen_subcommand_from show wait list" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and not __fish_seen_subcommand_from show wait list" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and not __fish_seen_subcommand_from show wait list" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and not __fish_seen_subcommand_from show wait list" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and not __fish_seen_subcommand_from show wait list" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and not __fish_seen_subcommand_from show wait list" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and not __fish_seen_subcommand_from show wait list" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and not __fish_seen_subcommand_from show wait list" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and not __fish_seen_subcommand_from show wait list" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and not __fish_seen_subcommand_from show wait list" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and not __fish_seen_subcommand_from show wait list" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and not __fish_seen_subcommand_from show wait list" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and not __fish_seen_subcommand_from show wait list" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and not __fish_seen_subcommand_from show wait list" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and not __fish_seen_subcommand_from show wait list" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and not __fish_seen_subcommand_from show wait list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and not __fish_seen_subcommand_from show wait list" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and not __fish_seen_subcommand_from show wait list" -f -a "show" -d 'Show what the chain and this machine know about a transaction'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and not __fish_seen_subcommand_from show wait list" -f -a "wait" -d 'Wait for a transaction; send it again if it was sent from here and the endpoint lost it'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and not __fish_seen_subcommand_from show wait list" -f -a "list" -d 'List the transactions that were sent from this machine and are in no block yet'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and __fish_seen_subcommand_from show" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and __fish_seen_subcommand_from show" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and __fish_seen_subcommand_from show" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and __fish_seen_subcommand_from show" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and __fish_seen_subcommand_from show" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and __fish_seen_subcommand_from show" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and __fish_seen_subcommand_from show" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and __fish_seen_subcommand_from show" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and __fish_seen_subcommand_from show" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and __fish_seen_subcommand_from show" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and __fish_seen_subcommand_from show" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and __fish_seen_subcommand_from show" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and __fish_seen_subcommand_from show" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and __fish_seen_subcommand_from show" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and __fish_seen_subcommand_from show" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and __fish_seen_subcommand_from show" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and __fish_seen_subcommand_from show" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and __fish_seen_subcommand_from show" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and __fish_seen_subcommand_from show" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and __fish_seen_subcommand_from show" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and __fish_seen_subcommand_from show" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and __fish_seen_subcommand_from show" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and __fish_seen_subcommand_from wait" -l confirmations -d 'Number of blocks to wait for, counting the one that holds the transaction' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and __fish_seen_subcommand_from wait" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and __fish_seen_subcommand_from wait" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and __fish_seen_subcommand_from wait" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and __fish_seen_subcommand_from wait" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and __fish_seen_subcommand_from wait" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and __fish_seen_subcommand_from wait" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and __fish_seen_subcommand_from wait" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and __fish_seen_subcommand_from wait" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and __fish_seen_subcommand_from wait" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and __fish_seen_subcommand_from wait" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and __fish_seen_subcommand_from wait" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and __fish_seen_subcommand_from wait" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and __fish_seen_subcommand_from wait" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and __fish_seen_subcommand_from wait" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and __fish_seen_subcommand_from wait" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and __fish_seen_subcommand_from wait" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and __fish_seen_subcommand_from wait" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and __fish_seen_subcommand_from wait" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and __fish_seen_subcommand_from wait" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and __fish_seen_subcommand_from wait" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and __fish_seen_subcommand_from wait" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and __fish_seen_subcommand_from wait" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and __fish_seen_subcommand_from wait" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and __fish_seen_subcommand_from wait" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and __fish_seen_subcommand_from wait" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and __fish_seen_subcommand_from list" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and __fish_seen_subcommand_from list" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and __fish_seen_subcommand_from list" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and __fish_seen_subcommand_from list" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and __fish_seen_subcommand_from list" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and __fish_seen_subcommand_from list" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and __fish_seen_subcommand_from list" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and __fish_seen_subcommand_from list" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and __fish_seen_subcommand_from list" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and __fish_seen_subcommand_from list" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and __fish_seen_subcommand_from list" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and __fish_seen_subcommand_from list" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and __fish_seen_subcommand_from list" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and __fish_seen_subcommand_from list" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and __fish_seen_subcommand_from list" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and __fish_seen_subcommand_from list" -l all -d 'List also those that are over: confirmed, reverted, replaced or refused'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and __fish_seen_subcommand_from list" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and __fish_seen_subcommand_from list" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and __fish_seen_subcommand_from list" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and __fish_seen_subcommand_from list" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and __fish_seen_subcommand_from list" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and __fish_seen_subcommand_from list" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand tx; and __fish_seen_subcommand_from list" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand doctor" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand doctor" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand doctor" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand doctor" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand doctor" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand doctor" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand doctor" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand doctor" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand doctor" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand doctor" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand doctor" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand doctor" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand doctor" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand doctor" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand doctor" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand doctor" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand doctor" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand doctor" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand doctor" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand doctor" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand doctor" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand doctor" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand doctor" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand doctor" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand doctor" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand completions" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand completions" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand completions" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand completions" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand completions" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand completions" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand completions" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand completions" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand completions" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand completions" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand completions" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand completions" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand completions" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand completions" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand completions" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand completions" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand completions" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand completions" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand completions" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand completions" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand completions" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand completions" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand completions" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand completions" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand man" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand man" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand man" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand man" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand man" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand man" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand man" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand man" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand man" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand man" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand man" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand man" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand man" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand man" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand man" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand man" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand man" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand man" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand man" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand man" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand man" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand man" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand man" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand man" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand man" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand version" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand version" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand version" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand version" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand version" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand version" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand version" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand version" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand version" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand version" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand version" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand version" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand version" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand version" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand version" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand version" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand version" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand version" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand version" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand version" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand version" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand version" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand version" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand version" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand version" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand help" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand help" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand help" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand help" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand help" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand help" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand help" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand help" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand help" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand help" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand help" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand help" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand help" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand help" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand help" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand help" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand help" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand help" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand help" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand help" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand help" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand help" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand help" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand help" -s V -l version -d 'Print version'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand engine" -s n -l network -d 'Network to use: a name that this machine knows, or the path of a network.json' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand engine" -l rpc-url -d 'RPC endpoint to use instead of the network\'s own' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand engine" -l config -d 'Configuration file to read instead of the user\'s and the machine\'s' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand engine" -l color -d 'When to use colours' -r -f -a "auto\t'Use colours on a terminal, unless `NO_COLOR` is set'
always\t'Always use colours'
never\t'Never use colours'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand engine" -l log -d 'What to log: a level, or directives such as cuckoo=debug,warn' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand engine" -l log-format -d 'Format of the log' -r -f -a "text\t'Lines for people'
json\t'One JSON object a line'"
complete -c cuckoo -n "__fish_cuckoo_using_subcommand engine" -l timeout -d 'How long to wait until a transaction is in a block' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand engine" -s a -l account -d 'Wallet to sign with, by its name; on a local chain also anvil:0 to anvil:9' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand engine" -l keystore -d 'Keystore file to sign with' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand engine" -l keystore-dir -d 'Directory of the wallets, instead of keystores in the data directory' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand engine" -l password-file -d 'File with the wallet\'s password, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand engine" -l private-key-file -d 'File with a private key in hexadecimal, or - for stdin' -r -F
complete -c cuckoo -n "__fish_cuckoo_using_subcommand engine" -l hd-path -d 'Derivation path of the key on the Ledger' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand engine" -l from -d 'Address to act for without its key: for --dry-run, --calldata and commands that only read' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand engine" -l private-key -d 'An option that exists only to be refused: arguments are visible to every process of the machine' -r
complete -c cuckoo -n "__fish_cuckoo_using_subcommand engine" -l json -d 'Print one JSON document on stdout, and ask no questions'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand engine" -l headers -d 'Print column names even when stdout is not a terminal'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand engine" -s q -l quiet -d 'Print no messages on stderr but warnings and errors; the log stays as --log says'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand engine" -s v -l verbose -d 'Log more; give it twice to log even more'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand engine" -s y -l yes -d 'Answer every question with yes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand engine" -l no-input -d 'Ask no questions; fail where an answer is needed'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand engine" -l no-progress -d 'Show no spinners'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand engine" -l ledger -d 'Sign with the connected Ledger, whose Ethereum app is open; for owners and stakers, not for nodes'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand engine" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cuckoo -n "__fish_cuckoo_using_subcommand engine" -s V -l version -d 'Print version'
