/** An answer. A string body is sent as it is, any other as JSON, undefined not at all. */
export interface Answer {
  status: number;
  headers?: Record<string, string>;
  body?: unknown;
}

/** The API's own way to say no: all five fields, always. */
export function errorResponse(status: number, path: string, errorCode: string, message: string): Answer {
  return { status, body: { status, path, retryable: false, error_code: errorCode, error_messages: [message] } };
}

/** The shape in which the gateway in front of the API answers: not the API's. */
export function gatewayError(status: number, error: string): Answer {
  return { status, body: { error } };
}
