"""OpenAI's own Python client judges the door at /v1, offline: answers whole and streamed, tools, the Responses API in the background, cut off behind each
event and taken up again, and its own classes of errors.

    pip install openai
    python tests/clients/openai_client.py http://127.0.0.1:8000 KEY    # a key of the scope models:use
"""

import json
import sys
import time

import openai

base, key = sys.argv[1:3]
client = openai.OpenAI(base_url=f"{base}/v1", api_key=key, max_retries=0)
MESSAGES = [{"role": "user", "content": "What is the weather in New York for 3 days?"}]

assert {"saga", "saga-offline"} <= {model.id for model in client.models.list()}
whole = client.chat.completions.create(model="saga-offline", messages=MESSAGES)
assert whole.model == "saga-offline" and whole.choices[0].finish_reason == "stop"
streamed = client.chat.completions.create(model="saga-offline", messages=MESSAGES, stream=True)
assert "".join(chunk.choices[0].delta.content or "" for chunk in streamed if chunk.choices) == whole.choices[0].message.content

weather = {"type": "object", "required": ["city"], "properties": {"city": {"type": "string"}}}
tool = {"type": "function", "function": {"name": "get_weather", "description": "The weather of a city.", "parameters": weather}}
called = client.chat.completions.create(model="saga-offline", messages=MESSAGES, tools=[tool])
assert json.loads(called.choices[0].message.tool_calls[0].function.arguments)["city"] == "New York"
assert len(client.embeddings.create(model="saga-offline", input=["a road"], dimensions=64).data[0].embedding) == 64

begun = client.responses.create(model="saga-offline", input="Hello", background=True)
assert begun.status == "queued", begun.status
deadline = time.monotonic() + 60
while (now := client.responses.retrieve(begun.id)).status in ("queued", "in_progress"):
    assert time.monotonic() < deadline, now.status
    time.sleep(0.05)
assert now.status == "completed" and now.output_text, now
events = list(client.responses.retrieve(begun.id, stream=True))
assert [event.sequence_number for event in events] == list(range(len(events)))
for cut in range(len(events)):
    rest = list(client.responses.retrieve(begun.id, stream=True, starting_after=cut))
    assert rest == events[cut + 1:], cut
assert client.responses.input_items.list(begun.id).data[0].content[0].text == "Hello"
after = client.responses.create(model="saga-offline", input="And then?", previous_response_id=begun.id)
assert after.previous_response_id == begun.id and after.status == "completed"
assert client.responses.cancel(begun.id).status == "completed"
client.responses.delete(begun.id)

for wrong, asking in [
    (openai.NotFoundError, lambda: client.responses.retrieve(begun.id)),
    (openai.NotFoundError, lambda: client.chat.completions.create(model="gpt-9", messages=MESSAGES)),
    (openai.BadRequestError, lambda: client.chat.completions.create(model="saga-offline", messages=MESSAGES, n=9)),
    (openai.BadRequestError, lambda: client.responses.create(model="saga-offline", input="x", background=True, store=False)),
    (openai.BadRequestError, lambda: client.responses.cancel(after.id)),
    (openai.AuthenticationError, lambda: client.with_options(api_key="saga_wrong").models.list()),
]:
    try:
        asking()
    except wrong:
        continue
    raise AssertionError(f"{wrong.__name__} did not come")
print("the client of OpenAI is content")
