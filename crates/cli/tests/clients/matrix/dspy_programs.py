# /// script
# dependencies = ["dspy==3.4.1"]
# ///
"""dspy: a call, a signature, and an agent with a tool."""

import dspy

from checks import KEY, MODEL, QUESTION, URL, check, end

model = dspy.LM(f"openai/{MODEL}", api_base=URL, api_key=KEY, cache=False, num_retries=0)
dspy.configure(lm=model)


def signature():
    asked = 'echo: {"answer": "Paris"}'
    with dspy.context(adapter=dspy.JSONAdapter()):
        return dspy.Predict("question -> answer")(question=asked).answer == "Paris"


NAME = "dspy"
check(NAME, "hello", lambda: model(QUESTION)[0])
check(NAME, "several answers", lambda: len(model(QUESTION, n=3, temperature=0.9)) == 3)
check(NAME, "signature", signature)
end()
