// An image of the server. Where it wants a token, which <img> cannot send, the file is fetched and shown from memory.
import { useEffect, useState } from "preact/hooks";
import { send } from "../api/client";
import { token } from "../state/access-token";

const kept = 200;
const fetched = new Map<string, Promise<string>>();

function addressOf(url: string): Promise<string> {
  const known = fetched.get(url);
  if (known) return known;
  const address = send(url)
    .then((reply) => reply.blob())
    .then((blob) => URL.createObjectURL(blob));
  address.catch(() => fetched.delete(url));
  fetched.set(url, address);
  if (fetched.size > kept) {
    const [oldest, gone] = fetched.entries().next().value!;
    fetched.delete(oldest);
    void gone.then(URL.revokeObjectURL, () => {});
  }
  return address;
}

interface Props {
  url: string;
  alt: string;
  width?: number;
  height?: number;
  lazy?: boolean;
  class?: string;
}

export function Picture({ url, lazy, ...rest }: Props) {
  const direct = token.value === "";
  const [address, setAddress] = useState<string>();
  useEffect(() => {
    if (direct) return;
    let wanted = true;
    addressOf(url).then(
      (value) => wanted && setAddress(value),
      () => {},
    );
    return () => {
      wanted = false;
    };
  }, [url, direct]);
  const source = direct ? url : address;
  return <img {...rest} src={source} decoding="async" draggable={false} loading={lazy ? "lazy" : "eager"} />;
}
