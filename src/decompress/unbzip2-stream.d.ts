declare module 'unbzip2-stream' {
  interface Decoder {
    on(event: 'data', listener: (bytes: Uint8Array) => void): void;
    on(event: 'error', listener: (error: Error) => void): void;
    write(bytes: Uint8Array): boolean;
    end(): void;
  }
  export default function unbzip2(): Decoder;
}
