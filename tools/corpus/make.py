#!/usr/bin/env python3
"""Makes a corpus of model files as people really have them: right ones in every form, and wrong ones of every kind.

    python3 tools/corpus/make.py BASE OUT

BASE holds the models that the corpus is made from, as tests/e2e/corpus_test.cpp writes them: sd1.safetensors and
sdxl.safetensors in the layout of the first releases, the folders sd1 and sdxl of the same tensors, and tiny, a folder of a
smaller model. OUT gets a models folder and verdicts.json: for each file what the server must say of it, and which other
entry it must draw the same picture as.

Needs nothing but Python.
"""

import argparse
import json
import shutil
import struct
from pathlib import Path

from files import NO_METADATA, Tensor, f32, read_safetensors, write_checkpoint, write_safetensors

# As Stability's generative-models and A1111's configs/sd_xl_v.yaml have it.
SGM = """model:
  target: sgm.models.diffusion.DiffusionEngine
  params:
    denoiser_config:
      target: sgm.modules.diffusionmodules.denoiser.DiscreteDenoiser
      params:
        scaling_config:
          target: sgm.modules.diffusionmodules.denoiser_scaling.VScaling
"""

UNET = "model.diffusion_model."
VAE = "first_stage_model."
TEXT = "cond_stage_model.transformer.text_model."

PAGES = {
    "page": b"<!DOCTYPE html><html><head><title>404</title></head></html>",
    "page-upper": b"<HTML><BODY>Please log in</BODY></HTML>",
    "page-blank": b"\n\n   \r\n<html><body>Not found</body></html>",
    "page-bom": b"\xef\xbb\xbf<html>moved</html>",
    "xml": b'<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>',
    "json": b'{"error":"Unauthorized","message":"You need a token"}',
    "pointer": b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 4265380512\n",
    "text": b"Access to this model is restricted. Please accept the licence first.\n",
}


def without(tensors, start):
    return {name: tensor for name, tensor in tensors.items() if not name.startswith(start)}


def only(tensors, start):
    return {name: tensor for name, tensor in tensors.items() if name.startswith(start)}


def changed(tensors, name, change):
    assert name in tensors, name
    return {each: change(tensor) if each == name else tensor for each, tensor in tensors.items()}


def with_first_value(tensor, value):
    """As fp32."""
    values = tensor.floats()
    values[0] = value
    return f32(tensor.shape, values)


def page_reason(name):
    """What the server says of one of PAGES."""
    return ["LFS" if name == "pointer" else "not weights"]


def text_of(path):
    return json.loads(Path(path).read_text(encoding="utf-8"))


def write_text(path, text):
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(text if isinstance(text, str) else json.dumps(text), encoding="utf-8")


class Corpus:
    def __init__(self, base, out):
        self.base, self.models = base, out / "models"
        self.out = out
        self.sd1 = read_safetensors(base / "sd1.safetensors")
        self.verdicts = []

    def verdict(self, kind, name, *, like=None, reason=None, notes=None, request=None, refused=None, fails=None):
        """`name` is the entry's id. Of a usable one `like` is the entry that draws the same; of another `reason` holds
        what the server must say. `refused`: what the answer to a request for it must hold. `fails`: what a job must."""
        self.verdicts.append({
            "kind": kind,
            "id": name,
            "ready": reason is None,
            "like": like,
            "reason": reason or [],
            "notes": notes or [],
            "request": request or {},
            "refused": refused or [],
            "fails": fails or [],
        })

    # Single files.

    def file(self, name, tensors, *, metadata=NO_METADATA, **verdict):
        write_safetensors(self.models / name, tensors, metadata)
        self.verdict("model", name, **verdict)

    def raw(self, name, data, **verdict):
        path = self.models / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        self.verdict("model", name, **verdict)

    # Folders.

    def folder(self, name, like, change=None):
        target = self.models / name
        shutil.copytree(self.base / like, target)
        if change:
            change(target)
        return target

    def sd1_files(self):
        sd1 = self.sd1
        conv = UNET + "input_blocks.0.0.weight"
        norm = VAE + "decoder.norm_out.weight"
        token = TEXT + "final_layer_norm.weight"
        self.file("sd1/plain.safetensors", sd1, like="sd1-folder")
        self.file("sd1/metadata-null.safetensors", sd1, metadata=None, like="sd1-folder")
        self.file("sd1/metadata.safetensors", sd1, metadata={"format": "pt", "modelspec.title": "a"}, like="sd1-folder")
        for name, wrapper in (("bare.ckpt", None), ("wrapped.ckpt", "state_dict"), ("bare.pt", None), ("bare.bin", None)):
            write_checkpoint(self.models / "sd1" / name, sd1, wrapper)
            self.verdict("model", "sd1/" + name, like="sd1-folder")
        floats = {name: tensor.as_f32() for name, tensor in sd1.items() if not name.startswith(TEXT)}
        self.file("sd1/mixed-types.safetensors", {**sd1, **floats}, like="sd1-folder")

        buffers = {name: f32([3], [1, 2, 3]) for name in
                   ("betas", "alphas_cumprod", "sqrt_recip_alphas_cumprod", "logvar", VAE + "loss.logvar",
                    VAE + "loss.discriminator.main.0.weight", "cond_stage_model.logit_scale")}
        buffers[TEXT + "embeddings.position_ids"] = Tensor("I64", [1, 3], struct.pack("<3q", 5, 5, 5))
        buffers["cond_stage_model.transformer.text_projection.weight"] = f32([2, 2], [1, 0, 0, 1])
        self.file("sd1/training-leftovers.safetensors", {**sd1, **buffers}, like="sd1-folder")
        averages = {"model_ema.diffusion_model" + name[len(UNET):].replace(".", ""): tensor
                    for name, tensor in only(sd1, UNET).items()}
        wrong = {name: f32(tensor.shape, [0.5] * tensor.count) for name, tensor in averages.items()}
        self.file("sd1/live-and-ema.safetensors", {**sd1, **wrong}, like="sd1-folder")
        self.file("sd1/ema-only.safetensors",
                  {**without(sd1, UNET), **averages, "model_ema.decay": f32([], [0.9999]),
                   "model_ema.num_updates": Tensor("I32", [], struct.pack("<i", 7))},
                  like="sd1-folder", notes=["moving averages"])

        one = f32([1], [0.5])
        block = UNET + "input_blocks.1.0.in_layers.2."
        self.file("bad/scale_weight.safetensors", {**sd1, block + "scale_weight": one, "scaled_fp8": f32([0], [])},
                  reason=["scale_weight", "quantised with scales"])
        self.file("bad/weight_scale.safetensors", {**sd1, block + "weight_scale": one},
                  reason=[block + "weight_scale", "quantised with scales"])
        self.file("bad/unknown-in-unet.safetensors", {**sd1, UNET + "motion.weight": one}, reason=[UNET + "motion.weight"])
        self.file("bad/unknown-in-vae.safetensors", {**sd1, VAE + "decoder.extra.weight": one},
                  reason=[VAE + "decoder.extra.weight"])
        self.file("bad/unknown-in-text.safetensors", {**sd1, TEXT + "adapter.weight": one}, reason=[TEXT + "adapter.weight"])
        self.file("bad/control-inside.safetensors", {**sd1, "control_model.input_blocks.0.0.weight": one},
                  reason=["control_model.input_blocks.0.0.weight"])
        self.file("bad/lora-inside.safetensors", {**sd1, "lora_unet_mid_block.lora_up.weight": one},
                  reason=["lora_unet_mid_block.lora_up.weight"])

        self.file("bad/unet-incomplete.safetensors", without(sd1, UNET + "middle_block.1.norm.bias"),
                  reason=["mid_block.attentions.0.norm.bias", "missing"])
        self.file("bad/vae-incomplete.safetensors", without(sd1, norm), reason=["conv_norm_out.weight", "missing"])
        self.file("bad/encoder-incomplete.safetensors", without(sd1, VAE + "encoder.norm_out.weight"),
                  reason=["vae.encoder.conv_norm_out.weight", "missing"])
        self.file("bad/text-incomplete.safetensors", without(sd1, token), reason=["final_layer_norm.weight", "missing"])
        self.file("bad/misshapen.safetensors",
                  changed(sd1, UNET + "out.0.weight", lambda t: Tensor(t.dtype, [2, t.count // 2], t.data)),
                  reason=["conv_norm_out.weight", "shape"])
        self.file("bad/int8.safetensors", changed(sd1, conv, lambda t: Tensor("U8", t.shape, bytes(t.count))),
                  reason=["conv_in.weight", "not of a supported type"])
        self.file("bad/e8m0.safetensors", changed(sd1, conv, lambda t: Tensor("F8_E8M0", t.shape, bytes(t.count))),
                  reason=["F8_E8M0", "not supported"])
        self.file("bad/no-text.safetensors", without(sd1, "cond_stage_model."), reason=["no CLIP text encoder"])
        self.file("bad/no-unet.safetensors", {**only(sd1, VAE), **only(sd1, TEXT)}, reason=["no UNet"])
        for where, name in (("unet", conv), ("vae", norm), ("text", token)):
            for word, value in (("nan", float("nan")), ("inf", float("-inf"))):
                self.file(f"broken/{word}-in-{where}.safetensors",
                          changed(sd1, name, lambda t, v=value: with_first_value(t, v)), fails=["infinite or no numbers", "weight"])

        # Autoencoders that are missing, in part or whole.
        bare = without(sd1, VAE)
        self.file("sd1/no-vae.safetensors", bare, like="sd1-folder", request={"vae": "vae/ldm.safetensors"},
                  refused=["no autoencoder of its own", "vae"])
        self.file("sd1/decoder-only.safetensors", without(sd1, VAE + "encoder."), like="sd1-folder")

        # Configurations beside files.
        for name, text, like in (
            ("yaml-v", "model:\n  params:\n    parameterization: \"v\"\n", "sd1-v-folder"),
            ("yaml-eps", "model:\n  params:\n    parameterization: eps\n    linear_start: 0.00085\n    linear_end: 0.0120\n"
             "    timesteps: 1000\n    scale_factor: 0.18215\n    unet_config:\n      params: {num_heads: 8}\n", "sd1-folder"),
            ("yaml-empty", "# nothing\n", "sd1-folder"),
            ("yaml-sgm-v", SGM, "sd1-v-folder"),
            ("yaml-sgm-eps", SGM.replace("VScaling", "EpsScaling"), "sd1-folder"),
            ("yaml-betas", "model: {params: {linear_end: 0.02}}\n", "sd1-betas-folder"),
            ("yaml-scale", "model: {params: {scale_factor: 0.3}}\n", "sd1-scale-folder"),
            ("yaml-heads", "model: {params: {unet_config: {params: {num_heads: 4}}}}\n", "sd1-heads-folder"),
        ):
            self.file(f"sd1/{name}.safetensors", sd1, like=like)
            write_text(self.models / f"sd1/{name}.yaml", text)
        for name, text, reason in (
            ("yaml-broken", "model: [params", ["configuration beside it", "not valid"]),
            ("yaml-x0", "model: {params: {parameterization: x0}}", ["parameterization"]),
            ("yaml-word", "model: {params: {linear_end: large}}", ["configuration beside it", "not valid"]),
            ("yaml-deep", "[" * 5000, ["configuration beside it", "not valid"]),
            ("yaml-page", "<!DOCTYPE html>\n<html></html>\n", ["no configuration of a model"]),
            ("yaml-404", "404: Not Found\n", ["no configuration of a model"]),
            ("yaml-edm", SGM.replace("VScaling", "EDMScaling"), ["denoiser's scaling"]),
        ):
            self.file(f"bad/{name}.safetensors", sd1, reason=reason)
            write_text(self.models / f"bad/{name}.yaml", text)
        self.file("sd1/asked-v.safetensors", sd1, like="sd1-v-folder",
                  request={"pipeline_params": {"prediction": "v_prediction"}})

    def sd1_folders(self):
        def scheduler(target, key, value):
            path = target / "scheduler/scheduler_config.json"
            write_text(path, text_of(path) | {key: value})

        def config(target, component, key, value):
            path = target / component / "config.json"
            write_text(path, text_of(path) | {key: value})

        for name, change in (
            ("sd1-folder", None),
            ("sd1-v-folder", lambda t: scheduler(t, "prediction_type", "v_prediction")),
            ("sd1-betas-folder", lambda t: scheduler(t, "beta_end", 0.02)),
            ("sd1-scale-folder", lambda t: config(t, "vae", "scaling_factor", 0.3)),
            ("sd1-heads-folder", lambda t: config(t, "unet", "attention_head_dim", 4)),
        ):
            self.folder(name, "sd1", change)
            self.verdict("model", name, like=name)

    def sdxl_files(self):
        xl = read_safetensors(self.base / "sdxl.safetensors")
        self.folder("sdxl-folder", "sdxl")
        self.verdict("model", "sdxl-folder", like="sdxl-folder")
        self.file("sdxl/plain.safetensors", xl, like="sdxl-folder")
        old = "conditioner.embedders.1.model.text_projection"
        turned = {name: tensor for name, tensor in xl.items() if name != old}
        turned[old + ".weight"] = xl[old].transposed()
        self.file("sdxl/projection-as-transformers.safetensors", turned, like="sdxl-folder")
        self.file("bad/sdxl-no-clip-l.safetensors", without(xl, "conditioner.embedders.0."),
                  reason=["without its first text encoder, CLIP ViT-L"])
        self.file("bad/sdxl-no-clip-g.safetensors", without(xl, "conditioner.embedders.1."),
                  reason=["without its second text encoder"])
        self.file("bad/sdxl-no-projection.safetensors", {n: t for n, t in xl.items() if n != old},
                  reason=["text_projection"])

        def velocity(target):
            path = target / "scheduler/scheduler_config.json"
            write_text(path, text_of(path) | {"prediction_type": "v_prediction"})

        self.folder("sdxl-v-folder", "sdxl", velocity)
        self.verdict("model", "sdxl-v-folder", like="sdxl-v-folder")
        self.file("sdxl/v-marker.safetensors", {**xl, "v_pred": f32([0], [])}, like="sdxl-v-folder")
        self.file("sdxl/v-metadata.safetensors", xl, metadata={"modelspec.prediction_type": "v"}, like="sdxl-v-folder")

    def tiny_folders(self):
        """Folders as diffusers and transformers save them, of every age."""
        special = "tokenizer/special_tokens_map.json"

        def whole_tokenizer(target, pairs=True, remove=True):
            vocabulary = text_of(target / "tokenizer/vocab.json")
            lines = (target / "tokenizer/merges.txt").read_text(encoding="utf-8").split("\n")[1:]
            merges = [line.split(" ") if pairs else line for line in lines if line]
            flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
            added = [{"id": vocabulary[content], "content": content, **flags}
                     for content in ("<|startoftext|>", "<|endoftext|>")]
            write_text(target / "tokenizer/tokenizer.json", {
                "version": "1.0", "added_tokens": added,
                "model": {"type": "BPE", "unk_token": "<|endoftext|>", "end_of_word_suffix": "</w>",
                          "vocab": vocabulary, "merges": merges}})
            if remove:
                for name in ("vocab.json", "merges.txt", "special_tokens_map.json"):
                    (target / "tokenizer" / name).unlink()

        def without_files(*names):
            def change(target):
                for name in names:
                    path = target / name
                    shutil.rmtree(path) if path.is_dir() else path.unlink()
            return change

        def text(name, content):
            return lambda target: write_text(target / name, content)

        def weights(target, component):
            path = next((target / component).glob("*.safetensors"))
            return path, read_safetensors(path)

        def edit(component, change):
            def apply(target):
                path, tensors = weights(target, component)
                write_safetensors(path, change(tensors))
            return apply

        def as_bin(target):
            for component, name in (("unet", "diffusion_pytorch_model"), ("vae", "diffusion_pytorch_model"),
                                    ("text_encoder", "pytorch_model")):
                path, tensors = weights(target, component)
                write_checkpoint(target / component / f"{name}.bin", tensors)
                path.unlink()

        def as_shards(extension, write):
            def change(target):
                path, tensors = weights(target, "unet")
                names = sorted(tensors)
                half = len(names) // 2
                index = {}
                for number, part in enumerate((names[:half], names[half:]), start=1):
                    shard = f"diffusion_pytorch_model-0000{number}-of-00002{extension}"
                    write(target / "unet" / shard, {name: tensors[name] for name in part})
                    index.update(dict.fromkeys(part, shard))
                write_text(target / "unet" / f"diffusion_pytorch_model{extension}.index.json",
                           {"metadata": {"total_size": 1}, "weight_map": index})
                path.unlink()
            return change

        def fp16_name(target):
            path, _ = weights(target, "unet")
            path.rename(path.with_name("diffusion_pytorch_model.fp16.safetensors"))

        def misnamed(target):
            path, _ = weights(target, "unet")
            path.rename(path.with_name("model_weights.ckpt"))

        def both_forms(target):
            _, tensors = weights(target, "unet")
            write_checkpoint(target / "unet/diffusion_pytorch_model.bin",
                             {name: f32(t.shape, [0.0] * t.count) for name, t in tensors.items()})

        def scheduler(key, value):
            def change(target):
                path = target / "scheduler/scheduler_config.json"
                write_text(path, text_of(path) | {key: value})
            return change

        def strange_padding(target):
            write_text(target / special, text_of(target / special) | {"pad_token": "<pad>"})

        def large_id(target):
            write_text(target / "tokenizer/added_tokens.json", {"<fox>": 5000})

        def decoder_only(target):
            edit("vae", lambda t: {n: v for n, v in t.items() if not n.startswith(("encoder.", "quant_conv."))})(target)

        def safety_checker(target):
            shutil.copytree(target / "vae", target / "safety_checker")

        for name, change in (
            ("plain", None),
            ("tokenizer-json", whole_tokenizer),
            ("tokenizer-json-strings", lambda t: whole_tokenizer(t, pairs=False)),
            ("tokenizer-both", lambda t: whole_tokenizer(t, remove=False)),
            ("no-special-map", without_files(special)),
            ("bin", as_bin),
            ("bin-shards", as_shards(".bin", write_checkpoint)),
            ("shards", as_shards(".safetensors", write_safetensors)),
            ("fp16-name", fp16_name),
            ("bin-beside-safetensors", both_forms),
            ("safety-checker", safety_checker),
            ("decoder-only", decoder_only),
            ("bare-scheduler-folder", scheduler("num_train_timesteps", 1000)),
            ("scheduler-infinity", scheduler("lambda_min_clipped", float("-inf"))),
        ):
            self.folder("tiny/" + name, "tiny", change)
            self.verdict("model", "tiny/" + name, like="tiny/plain")
        self.folder("tiny/no-vae", "tiny", without_files("vae"))
        self.verdict("model", "tiny/no-vae", like="tiny/plain", request={"vae": "vae/tiny-folder"},
                     refused=["no autoencoder of its own", "vae"])

        for name, change, reason in (
            ("no-tokenizer", without_files("tokenizer"), ["tokenizer/vocab.json", "tokenizer/tokenizer.json", "missing"]),
            ("no-vocabulary", without_files("tokenizer/vocab.json"), ["tokenizer/vocab.json", "missing"]),
            ("no-merges", without_files("tokenizer/merges.txt"), ["tokenizer/merges.txt", "missing"]),
            ("vocabulary-page", text("tokenizer/vocab.json", "<html>"), ["tokenizer/vocab.json", "not a JSON object"]),
            ("merges-foreign", text("tokenizer/merges.txt", "#version: 0.2\nzz qq\n"), ["merges.txt, line 2"]),
            ("padding-unknown", strange_padding, ["<pad>"]),
            ("id-too-large", large_id, ["<fox>", "5000"]),
            ("unigram", lambda t: write_text(t / "tokenizer/tokenizer.json", {"model": {"type": "Unigram", "vocab": []}}),
             ["Unigram"]),
            ("no-scheduler", without_files("scheduler"), ["scheduler/scheduler_config.json"]),
            ("scheduler-foreign", scheduler("beta_schedule", "squaredcos_cap_v2"), ["beta_schedule"]),
            ("prediction-foreign", scheduler("prediction_type", "flow"), ["prediction_type"]),
            ("no-unet-config", without_files("unet/config.json"), ["unet/config.json"]),
            ("unet-config-page", text("unet/config.json", "<html>"), ["unet/config.json"]),
            ("no-text-encoder", without_files("text_encoder"), ["no CLIP text encoder"]),
            ("no-text-config", without_files("text_encoder/config.json"), ["text_encoder/config.json"]),
            ("no-vae-config", without_files("vae/config.json"), ["vae/config.json"]),
            ("unet-extra", edit("unet", lambda t: {**t, "motion.weight": f32([1], [1])}), ["unet.motion.weight"]),
            ("unet-lacks", edit("unet", lambda t: {n: v for n, v in t.items() if n != "conv_out.bias"}),
             ["unet.conv_out.bias", "missing"]),
            ("vae-lacks", edit("vae", lambda t: {n: v for n, v in t.items() if n != "decoder.conv_out.bias"}),
             ["vae.decoder.conv_out.bias", "missing"]),
            ("text-extra", edit("text_encoder", lambda t: {**t, "prefix.weight": f32([1], [1])}),
             ["text_encoder.prefix.weight"]),
            ("misnamed", misnamed, ["under a name that diffusers does not use", "model_weights.ckpt"]),
            ("shard-missing", lambda t: (as_shards(".safetensors", write_safetensors)(t),
                                         (t / "unet/diffusion_pytorch_model-00002-of-00002.safetensors").unlink()),
             ["00002-of-00002"]),
        ):
            self.folder("bad/tiny-" + name, "tiny", change)
            self.verdict("model", "bad/tiny-" + name, reason=reason)

    def autoencoders(self):
        sd1 = self.sd1
        plain = {name[len(VAE):]: tensor for name, tensor in only(sd1, VAE).items()}

        def vae(name, **verdict):
            self.verdict("vae" if "reason" not in verdict else "model", name, **verdict)

        write_safetensors(self.models / "vae/ldm.safetensors", plain)
        vae("vae/ldm.safetensors", like="sd1-folder", request={"model": "sd1-folder"})
        write_safetensors(self.models / "vae/ldm-prefix.safetensors", only(sd1, VAE))
        vae("vae/ldm-prefix.safetensors", like="sd1-folder", request={"model": "sd1-folder"})
        write_checkpoint(self.models / "vae/ldm.pt", plain, "state_dict")
        vae("vae/ldm.pt", like="sd1-folder", request={"model": "sd1-folder"})
        loss = {"loss.logvar": f32([], [0]), "loss.discriminator.main.0.weight": f32([1], [0])}
        write_safetensors(self.models / "vae/with-loss.safetensors", {**plain, **loss})
        vae("vae/with-loss.safetensors", like="sd1-folder", request={"model": "sd1-folder"})
        write_safetensors(self.models / "vae/decoder.safetensors",
                          {n: t for n, t in plain.items() if not n.startswith(("encoder.", "quant_conv."))})
        vae("vae/decoder.safetensors", like="sd1-folder", request={"model": "sd1-folder"})
        self.folder("vae/tiny-folder", "tiny/vae")
        vae("vae/tiny-folder", like="tiny/plain", request={"model": "tiny/plain"})

        write_safetensors(self.models / "bad/vae-lacks.safetensors", without(plain, "decoder.conv_out.bias"))
        vae("bad/vae-lacks.safetensors", reason=["decoder.conv_out.bias", "missing"])
        write_safetensors(self.models / "bad/vae-extra.safetensors", {**plain, "decoder.extra.weight": f32([1], [1])})
        vae("bad/vae-extra.safetensors", reason=["decoder.extra.weight"])
        write_safetensors(self.models / "broken/vae-nan.safetensors",
                          changed(plain, "decoder.norm_out.weight", lambda t: with_first_value(t, float("nan"))))
        vae("broken/vae-nan.safetensors", request={"model": "sd1-folder"}, fails=["conv_norm_out.weight", "no numbers"])

    def loras(self):
        """In models/loras; a job for one is drawn with the model sd1-folder."""
        sd1 = self.sd1
        lora_folder = self.models / "loras"
        targets = {
            "mid_block.attentions.0.transformer_blocks.0.attn1.to_q": UNET + "middle_block.1.transformer_blocks.0.attn1.to_q",
            "mid_block.attentions.0.transformer_blocks.0.ff.net.2": UNET + "middle_block.1.transformer_blocks.0.ff.net.2",
        }

        def layers(up, down):
            made = {}
            for number, (target, source) in enumerate(targets.items()):
                rows, columns = sd1[source + ".weight"].shape
                values = [((i * 7 + number) % 5 - 2) * 0.25 for i in range(2 * max(rows, columns))]
                made[up(target)] = f32([rows, 2], values[: 2 * rows])
                made[down(target)] = f32([2, columns], values[: 2 * columns])
            return made

        kohya = layers(lambda t: "lora_unet_" + t.replace(".", "_") + ".lora_up.weight",
                       lambda t: "lora_unet_" + t.replace(".", "_") + ".lora_down.weight")
        peft = layers(lambda t: f"unet.{t}.lora_B.weight", lambda t: f"unet.{t}.lora_A.weight")

        def lora(name, tensors, *, metadata=NO_METADATA, **verdict):
            write_safetensors(lora_folder / name, tensors, metadata)
            self.verdict("lora", Path(name).with_suffix("").as_posix(), **verdict)

        lora("plain.safetensors", kohya, like="plain")
        lora("metadata-null.safetensors", kohya, metadata=None, like="plain")
        lora("UPPER.SAFETENSORS", kohya, like="plain")
        lora("peft.safetensors", peft, like="plain")
        alpha = {name.replace("lora_up.weight", "alpha"): f32([], [2]) for name in kohya if name.endswith("lora_up.weight")}
        lora("alpha.safetensors", {**kohya, **alpha}, like="plain")
        lora("half.safetensors", {**kohya, **{name: f32([], [1]) for name in alpha}}, like="half")
        write_checkpoint(lora_folder / "pickled.pt", kohya)
        self.verdict("lora", "pickled", like="plain")
        first = next(iter(kohya))
        lora("nan.safetensors", changed(kohya, first, lambda t: with_first_value(t, float("nan"))), fails=["no numbers"])
        broken_alpha = {next(iter(alpha)): f32([], [float("nan")])}
        lora("alpha-nan.safetensors", {**kohya, **broken_alpha}, reason=["alpha", "finite"])
        lora("alpha-two.safetensors", {**kohya, next(iter(alpha)): f32([2], [1, 1])}, reason=["alpha"])
        halved = dict(kohya)
        del halved[first]
        lora("half-a-pair.safetensors", halved, reason=["lora_", "damaged or not complete"])
        lora("settings-broken.safetensors", kohya, metadata={"lora_adapter_metadata": "not json"},
             reason=["lora_adapter_metadata"])
        lora("a-model.safetensors", sd1, reason=["this is a model, not a LoRA"])
        lora("a-vae.safetensors", only(sd1, VAE), reason=["autoencoder", "not a LoRA"])
        word = {"emb_params": f32([2, 64], [0.01 * i for i in range(128)])}
        lora("an-embedding.safetensors", word, reason=["this is an embedding (textual inversion), not a LoRA"])
        lora("nothing.safetensors", {"a": f32([1], [1])}, reason=["no plugin knows this kind of file"])
        for name, data in PAGES.items():
            (lora_folder / f"{name}.safetensors").write_bytes(data)
            self.verdict("lora", name, reason=page_reason(name))

        embeddings = self.models / "embeddings"
        for name, tensors, verdict in (
            ("word.safetensors", word, {"like": "word"}),
            ("WORDUPPER.SAFETENSORS", word, {"like": "word"}),
            ("clip-l.safetensors", {"clip_l": word["emb_params"]}, {"like": "word"}),
            ("a-lora.safetensors", kohya, {"reason": ["this is a LoRA, not an embedding"]}),
            ("nan-word.safetensors", {"emb_params": with_first_value(word["emb_params"], float("nan"))},
             {"fails": ["no numbers"]}),
        ):
            write_safetensors(embeddings / name, tensors)
            self.verdict("embedding", Path(name).with_suffix("").as_posix(), **verdict)
        for name, data in PAGES.items():
            (embeddings / f"{name}.pt").write_bytes(data)
            self.verdict("embedding", name, reason=page_reason(name))

    def pages(self):
        for name, data in PAGES.items():
            for extension in ("safetensors", "ckpt"):
                self.raw(f"bad/{name}.{extension}", data, reason=page_reason(name))
        sd1 = (self.base / "sd1.safetensors").read_bytes()
        self.raw("bad/truncated.safetensors", sd1[: len(sd1) // 2], reason=["download"])
        self.raw("bad/header-cut.safetensors", sd1[:1000], reason=["download"])
        self.raw("bad/empty.safetensors", b"", reason=["empty"])
        self.raw("bad/zeros.safetensors", bytes(4096), reason=["header"])

    def make(self):
        self.sd1_folders()
        self.sd1_files()
        self.sdxl_files()
        self.tiny_folders()
        self.autoencoders()
        self.loras()
        self.pages()
        write_text(self.out / "verdicts.json", self.verdicts)
        print(f"{len(self.verdicts)} entries in {self.out}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("base", type=Path)
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    shutil.rmtree(arguments.out, ignore_errors=True)
    Corpus(arguments.base, arguments.out).make()


if __name__ == "__main__":
    main()
